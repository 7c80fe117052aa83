//! Names of branches, tags and commits.

use crate::ScmError;
use crate::address::shown;

/// Longest name that is looked at; file systems stop there, too.
const MAX_LENGTH: usize = 255;

/// Checks the name of a branch or tag, or a commit id, by git's own rules for names. Fails with [`ScmError::BadReference`].
pub(crate) fn parse_reference(text: &str) -> Result<&str, ScmError> {
    match check_reference(text) {
        Ok(()) => Ok(text),
        Err(reason) => Err(ScmError::BadReference { reference: shown(text), reason }),
    }
}

/// As [`parse_reference`], with the bare reason.
pub(crate) fn check_reference(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("the name is empty".into());
    }
    if text.len() > MAX_LENGTH {
        return Err(format!("the name is longer than {MAX_LENGTH} bytes"));
    }
    if text.starts_with('-') {
        return Err("the name must not start with '-'".into());
    }
    if let Some(c) = text.chars().find(|c| c.is_control() || c.is_whitespace() || "~^:?*[\\#".contains(*c)) {
        return Err(format!("the character {c:?} is not allowed in a name"));
    }
    if text.contains("..") || text.contains("@{") || text == "@" || text.ends_with('.') {
        return Err("'..', '@{' and a dot at the end are not allowed in a name".into());
    }
    let mut elements = text.split('/');
    if elements.any(|element| element.is_empty() || element.starts_with('.') || has_lock_suffix(element)) {
        return Err("a part between slashes is empty, starts with '.' or ends in '.lock'".into());
    }
    Ok(())
}

fn has_lock_suffix(element: &str) -> bool {
    element.as_bytes().ends_with(b".lock")
}

/// Whether this is a whole commit id: SHA-1 or SHA-256 in lower case.
pub fn is_full_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_rules_of_git() {
        for good in ["master", "f28", "private-x", "stream/1.0", "a@b", "5.26", "épée", "v1.0+x"] {
            assert_eq!(parse_reference(good), Ok(good));
        }
        for bad in [
            "", "-x", "a b", "a..b", "a\n", "a~1", "a^", "a:b", "a*", "a//b", "/a", "a/", ".a", "a.lock", "a.", "@",
            "a\\b",
        ] {
            assert!(parse_reference(bad).is_err(), "{bad:?}");
        }
        assert!(parse_reference(&"x".repeat(10_000)).unwrap_err().to_string().len() < 500);
    }

    #[test]
    fn knows_whole_commit_ids() {
        assert!(is_full_commit(&"0a".repeat(20)));
        assert!(!is_full_commit(&"0A".repeat(20)));
        assert!(!is_full_commit("ea31b09"));
    }
}
