//! What an option is: a name, a type, a default, a sentence. One table of them drives reading, checking, reporting and the
//! documentation.

use super::value::Value;

/// An option. The table of all options is made of the `OPTIONS` of the section files.
#[derive(Debug)]
pub struct Definition {
    /// Its name in the file; in the environment it has `MBS_` before it.
    pub name: &'static str,
    /// Older name that is accepted, too.
    pub alias: Option<&'static str>,
    /// What it takes.
    pub kind: Kind,
    /// Default, written as in the file.
    pub default: &'static str,
    /// What it is for, for operators.
    pub about: &'static str,
    /// How much of its value may be shown.
    pub secrecy: Secrecy,
    /// Why it is accepted but has no effect, where that is so.
    pub ignored: Option<&'static str>,
    /// What its value has to fulfil beyond its type; answers with the end of a sentence.
    pub check: fn(&Value) -> Result<(), String>,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number with its bounds.
    Int(i64, i64),
    /// A number of bytes, also as `512K`, `512M` or `4G` (powers of 1024).
    Bytes,
    /// Text.
    Text,
    /// Text, or nothing (`null`).
    OptionalText,
    /// A file or folder; `~` is the home of the user.
    Path,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of texts.
    List,
    /// A list of some of these words.
    Choices(&'static [&'static str]),
    /// Keys with values.
    Map,
}

impl Kind {
    /// In words, for errors and documentation.
    pub fn name(self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Int(i64::MIN, i64::MAX) => "a whole number".to_owned(),
            Self::Int(min, i64::MAX) => format!("a whole number from {min}"),
            Self::Int(min, max) => format!("a whole number from {min} to {max}"),
            Self::Bytes => "a number of bytes such as 4194304 or 4M".to_owned(),
            Self::Text => "text".to_owned(),
            Self::OptionalText => "text or null".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::List => "a list".to_owned(),
            Self::Choices(words) => format!("a list of {}", words.join(", ")),
            Self::Map => "a mapping".to_owned(),
        }
    }
}

/// How much of a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// All of it.
    Open,
    /// A URL without its password.
    Url,
    /// Nothing.
    Hidden,
}

impl Definition {
    /// An open option without further checks.
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Self {
        Self { name, alias: None, kind, default, about, secrecy: Secrecy::Open, ignored: None, check: |_| Ok(()) }
    }

    /// The option under an older name as well.
    pub const fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    /// The option with less of its value shown.
    pub const fn secret(self, secrecy: Secrecy) -> Self {
        Self { secrecy, ..self }
    }

    /// The option without effect.
    pub const fn ignored(self, why: &'static str) -> Self {
        Self { ignored: Some(why), ..self }
    }

    /// The option with a check of its value.
    pub const fn checked(self, check: fn(&Value) -> Result<(), String>) -> Self {
        Self { check, ..self }
    }
}

/// Options that belong together: a chapter of the documentation and a file in this folder.
#[derive(Debug)]
pub struct Group {
    /// Heading.
    pub title: &'static str,
    /// The options.
    pub options: &'static [Definition],
}
