//! Values of options: from YAML by the option's type, and back to text.

use std::fmt;

use modulemd::yaml::{Spanned, SpannedValue};

use super::option::{Definition, Kind, Secrecy};

/// A value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text; also numbers with a point.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping in the order of the file.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The value that stands at `node`, if it is one for this option. The error says what is wrong, without the position.
    pub fn read(definition: &Definition, node: &Spanned) -> Result<Self, String> {
        let value = typed(definition.kind, node).ok_or_else(|| mismatch(definition, node))?;
        (definition.check)(&value).map_err(|reason| format!("`{}` is not valid: {reason}", definition.name))?;
        Ok(value)
    }

    /// As [`Value::read`] for text that is not in a file: an environment variable or a default.
    pub fn read_text(definition: &Definition, text: &str) -> Result<Self, String> {
        let spanned = |value| Spanned { value, line: 1, column: 1 };
        // Text is text, even if it reads `null`.
        let plain = definition.kind != Kind::Text && definition.kind != Kind::Path;
        let scalar = |text: &str| spanned(SpannedValue::Scalar { text: text.to_owned(), plain });
        let node = match definition.kind {
            Kind::List | Kind::Choices(_) if !text.trim_start().starts_with('[') => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                spanned(SpannedValue::List(items.map(scalar).collect()))
            }
            Kind::List | Kind::Choices(_) | Kind::Map => modulemd::yaml::parse(text, &modulemd::Limits::default())
                .map_err(|error| format!("`{}` is no YAML flow text: {}", definition.name, error.reason))?,
            Kind::Bool | Kind::Int(..) | Kind::Bytes | Kind::Choice(_) => scalar(text.trim()),
            Kind::Text | Kind::OptionalText | Kind::Path => scalar(text),
        };
        Self::read(definition, &node)
    }

    /// The text of a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; nothing for anything else.
    pub fn items(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; nothing for anything else.
    pub fn entries(&self) -> &[(String, Value)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// What may be shown of it.
    pub fn shown(&self, secrecy: Secrecy) -> String {
        match (secrecy, self) {
            (Secrecy::Open, _) | (_, Self::Null) => self.to_string(),
            (Secrecy::Url, Self::Text(text)) => without_password(text),
            _ => "(hidden)".to_owned(),
        }
    }
}

fn typed(kind: Kind, node: &Spanned) -> Option<Value> {
    let text = node.as_text();
    match kind {
        Kind::OptionalText if node.is_null() => Some(Value::Null),
        Kind::Bool => boolean(text?).map(Value::Bool),
        Kind::Int(min, max) => {
            let number = text?.parse().ok().filter(|number| (min..=max).contains(number));
            number.map(Value::Int)
        }
        Kind::Bytes => bytes(text?).map(Value::Int),
        Kind::Choice(words) => word(words, text?),
        Kind::Text | Kind::OptionalText | Kind::Path if node.is_null() => None,
        Kind::Text | Kind::OptionalText | Kind::Path => Some(Value::Text(text?.to_owned())),
        Kind::List => node.as_list()?.iter().map(item).collect::<Option<_>>().map(Value::List),
        Kind::Choices(words) => {
            let items = node.as_list()?.iter().map(|node| word(words, node.as_text()?));
            items.collect::<Option<_>>().map(Value::List)
        }
        Kind::Map => node.as_map().is_some().then(|| free(node)),
    }
}

fn item(node: &Spanned) -> Option<Value> {
    Some(Value::Text(node.as_text()?.to_owned()))
}

fn word(words: &[&str], text: &str) -> Option<Value> {
    let known = words.iter().find(|word| word.eq_ignore_ascii_case(text));
    known.map(|word| Value::Text((*word).to_owned()))
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn bytes(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(['K', 'M', 'G', 'k', 'm', 'g']);
    let shift = match text.get(digits.len()..)?.to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => return None,
    };
    let number: i64 = digits.parse().ok().filter(|number| *number >= 0)?;
    number.checked_mul(1 << shift)
}

/// A value of a mapping whose types are its reader's matter.
fn free(node: &Spanned) -> Value {
    match &node.value {
        _ if node.is_null() => Value::Null,
        SpannedValue::Scalar { text, plain: true } => match (text.as_str(), text.parse()) {
            ("true" | "True", _) => Value::Bool(true),
            ("false" | "False", _) => Value::Bool(false),
            (_, Ok(number)) => Value::Int(number),
            _ => Value::Text(text.clone()),
        },
        SpannedValue::Scalar { text, .. } => Value::Text(text.clone()),
        SpannedValue::List(items) => Value::List(items.iter().map(free).collect()),
        SpannedValue::Map(entries) => {
            let entries = entries.iter();
            let named = entries.filter_map(|(key, value)| Some((key.as_text()?.to_owned(), free(value))));
            Value::Map(named.collect())
        }
    }
}

fn mismatch(definition: &Definition, node: &Spanned) -> String {
    let wanted = definition.kind.name();
    let given = match (&node.value, definition.secrecy) {
        _ if node.is_null() => "nothing".to_owned(),
        (SpannedValue::Scalar { text, .. }, Secrecy::Open) => format!("`{}`", shorten(text)),
        (SpannedValue::Scalar { .. }, _) => "something else".to_owned(),
        (SpannedValue::List(_), _) => "a list with other values or where none is expected".to_owned(),
        (SpannedValue::Map(_), _) => "a mapping".to_owned(),
    };
    format!("`{}` takes {wanted}, not {given}", definition.name)
}

/// Text for an error message.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// `scheme://user:password@host` with the password left out.
fn without_password(url: &str) -> String {
    let hidden = || {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        // A password may hold a slash where its writer forgot to escape it; then the last @ of all counts.
        let at = rest[..end].rfind('@').or_else(|| rest.rfind('@'))?;
        let (user, _) = rest[..at].split_once(':')?;
        Some(format!("{scheme}://{user}:***{}", &rest[at..]))
    };
    hidden().unwrap_or_else(|| url.to_owned())
}

impl fmt::Display for Value {
    /// YAML flow text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(&scalar(text)),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| format!("{}: {value}", scalar(key)));
                write!(f, "{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn scalar(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._+-~@%=".contains(c) || c == ':');
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '/' || c == '~');
    if plain && first && !text.ends_with(':') && text != "~" {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(kind: Kind) -> Definition {
        Definition::new("X", kind, "", "")
    }

    #[test]
    fn types() {
        for (kind, text, shown) in [
            (Kind::Bool, "yes", "true"),
            (Kind::Bool, "0", "false"),
            (Kind::Int(0, 9), "9", "9"),
            (Kind::Bytes, "4M", "4194304"),
            (Kind::Bytes, "0", "0"),
            (Kind::Choice(&["a", "B"]), "b", "B"),
            (Kind::List, "a, b,", "[a, b]"),
            (Kind::List, "['1.10', no]", "[1.10, no]"),
            (Kind::List, "", "[]"),
            (Kind::Map, "{a: 1, b: [true, '1'], c: null}", "{a: 1, b: [true, 1], c: null}"),
            (Kind::OptionalText, "null", "null"),
            (Kind::Text, "", "''"),
            (Kind::Text, "a: b", "'a: b'"),
        ] {
            let value = Value::read_text(&option(kind), text).unwrap();
            assert_eq!(value.to_string(), shown, "{kind:?} {text}");
        }
    }

    #[test]
    fn wrong_types() {
        for (kind, text) in [
            (Kind::Bool, "maybe"),
            (Kind::Int(0, 9), "10"),
            (Kind::Int(0, 9), "1e3"),
            (Kind::Int(0, 9), ""),
            (Kind::Bytes, "4GB"),
            (Kind::Bytes, "-1"),
            (Kind::Bytes, "9999999999G"),
            (Kind::Choice(&["a"]), "c"),
            (Kind::Choices(&["a"]), "[c]"),
            (Kind::List, "[[a]]"),
            (Kind::List, "[a"),
            (Kind::Map, "a"),
            (Kind::Map, "{a: 1"),
        ] {
            assert!(Value::read_text(&option(kind), text).is_err(), "{kind:?} {text}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        for (url, shown) in [
            ("postgresql://mbs:s3cret@db/mbs", "postgresql://mbs:***@db/mbs"),
            ("redis://:s3cret@h:6379/0", "redis://:***@h:6379/0"),
            ("redis://u:s3/cr@et@h:6379/0", "redis://u:***@h:6379/0"),
            ("sqlite:////srv/mbs.db", "sqlite:////srv/mbs.db"),
            ("postgresql://db/mbs", "postgresql://db/mbs"),
        ] {
            assert_eq!(Value::Text(url.to_owned()).shown(Secrecy::Url), shown);
        }
        assert_eq!(Value::Text("x".to_owned()).shown(Secrecy::Hidden), "(hidden)");
        let secret = option(Kind::Bool).secret(Secrecy::Hidden);
        assert!(!Value::read_text(&secret, "s3cret").unwrap_err().contains("s3cret"));
    }
}
