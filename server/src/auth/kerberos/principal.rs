//! `user@REALM`: from the name in a ticket, or that a proxy forwards, to a user.

/// Longest name, in bytes.
const LONGEST: usize = 255;

/// A name that is not like this.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// Somebody with a ticket. The parts of a name with several (`alice/admin`) stay together: this is another user than `alice`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal<'a> {
    /// What stands before the realm.
    pub user: &'a str,
    /// The realm.
    pub realm: &'a str,
}

impl<'a> Principal<'a> {
    /// Takes a name apart, as Kerberos writes it: a part with `@`, white space or the like in it has backslashes there. Nobody
    /// who means well has such a name, so they are refused, as are the names that Kerberos keeps for the nameless.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let (user, realm) = text.split_once('@').ok_or(Malformed)?;
        let is_odd = |c: char| c == '\\' || c == '@' || c.is_control() || c.is_whitespace();
        let is_bad = |part: &str| part.is_empty() || part.contains(is_odd);
        if text.len() > LONGEST || is_bad(user) || is_bad(realm) || user.starts_with("WELLKNOWN/") {
            return Err(Malformed);
        }
        Ok(Self { user, realm })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_a_name_and_a_realm() {
        for (text, user, realm) in [
            ("alice@EXAMPLE.TEST", "alice", "EXAMPLE.TEST"),
            ("alice/admin@EXAMPLE.TEST", "alice/admin", "EXAMPLE.TEST"),
            ("*)(memberUid=*@R", "*)(memberUid=*", "R"),
        ] {
            assert_eq!(Principal::parse(text), Ok(Principal { user, realm }));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let long = format!("{}@R", "a".repeat(LONGEST));
        for text in [
            "",
            "alice",
            "@R",
            "alice@",
            "alice@A@B",
            r"al\@ice@R",
            "al ice@R",
            "alice@R\n",
            "al\0ice@R",
            "WELLKNOWN/ANONYMOUS@R",
            &long,
        ] {
            assert_eq!(Principal::parse(text), Err(Malformed), "{text:?}");
        }
    }
}
