//! The values in force and where each comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::option::Definition;
use super::table::{find, options};
use super::value::Value;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The option's default.
    Default,
    /// `file:line`.
    File(String),
    /// A section inside the program, by name.
    BuiltIn(String),
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) => f.write_str(place),
            Self::BuiltIn(section) => write!(f, "built-in section {section}"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// Text that is never printed: addresses with passwords in them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl std::ops::Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// All options with their values. Reading is by name; the names are those of the table, which a test checks.
#[derive(Clone)]
pub(super) struct Settings {
    values: BTreeMap<&'static str, (Value, Source)>,
    home: Option<PathBuf>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings")
    }
}

impl Settings {
    /// The defaults. `home` is what `~` stands for.
    pub(super) fn defaults(home: Option<&str>) -> Self {
        let value = |option: &'static Definition| Value::read_text(option, option.default).unwrap_or(Value::Null);
        Self {
            values: options().map(|option| (option.name, (value(option), Source::Default))).collect(),
            home: home.map(PathBuf::from),
        }
    }

    /// Replaces a value.
    pub(super) fn set(&mut self, option: &'static Definition, value: Value, source: Source) {
        self.values.insert(option.name, (value, source));
    }

    /// Value and source of an option.
    pub(super) fn get(&self, name: &str) -> (&Value, &Source) {
        debug_assert!(find(name).is_some_and(|option| option.name == name), "{name} is not in the table");
        match self.values.get(name) {
            Some((value, source)) => (value, source),
            None => (&Value::Null, &Source::Default),
        }
    }

    /// A [`super::option::Kind::Bool`].
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name).0 == &Value::Bool(true)
    }

    /// A number; options have no negative ones.
    pub(super) fn number(&self, name: &str) -> u64 {
        match self.get(name).0 {
            Value::Int(number) => u64::try_from(*number).unwrap_or_default(),
            _ => 0,
        }
    }

    /// A number that counts things in memory.
    pub(super) fn count(&self, name: &str) -> usize {
        usize::try_from(self.number(name)).unwrap_or(usize::MAX)
    }

    /// A number of seconds.
    pub(super) fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.number(name))
    }

    /// Text; nothing is the empty text.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).0.as_text().unwrap_or_default().to_owned()
    }

    /// Text, unless it is empty.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Text with exactly one slash at its end.
    pub(super) fn address(&self, name: &str) -> String {
        format!("{}/", self.text(name).trim_end_matches('/'))
    }

    /// Texts of a list; `C` is a list or a set.
    pub(super) fn list<C: FromIterator<String>>(&self, name: &str) -> C {
        let items = self.get(name).0.items().iter();
        items.filter_map(|item| item.as_text().map(str::to_owned)).collect()
    }

    /// A path, absolute; none if it is empty.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        let text = self.given(name)?;
        let path = match (text.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(text),
        };
        Some(std::path::absolute(&path).unwrap_or(path))
    }

    /// A path that lies at `place` in `STATE_DIR` if it is empty.
    pub(super) fn path_or_state(&self, name: &str, place: impl AsRef<Path>) -> PathBuf {
        self.path(name).unwrap_or_else(|| self.path("STATE_DIR").unwrap_or_default().join(place))
    }
}
