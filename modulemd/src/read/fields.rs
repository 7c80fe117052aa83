//! Takes typed values out of a tree, or says where and why not.

use std::collections::{BTreeSet, HashMap};

use super::{Notice, ReadError, UnknownKeys};
use crate::yaml::{Spanned, SpannedValue, shorten};

/// One entry of a mapping.
pub(super) struct Entry<'a> {
    pub name: &'a str,
    pub key: &'a Spanned,
    pub value: &'a Spanned,
}

/// Reads fields and collects what was passed over.
pub(super) struct Fields {
    pub unknown_keys: UnknownKeys,
    pub notices: Vec<Notice>,
}

impl Fields {
    pub fn new(unknown_keys: UnknownKeys) -> Self {
        Self { unknown_keys, notices: Vec::new() }
    }

    /// All entries of a mapping with free keys, such as component names.
    pub fn entries<'a>(&mut self, at: &'a Spanned, what: &str) -> Result<Vec<Entry<'a>>, ReadError> {
        let Some(entries) = at.as_map() else {
            return Err(wrong_kind(at, what, "a mapping"));
        };
        let mut lines = HashMap::new();
        let mut found = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = key.as_text().unwrap_or_default();
            if let Some(line) = lines.insert(name, key.line) {
                let text = format!("`{}` is already in line {line}; the last one counts", shorten(name));
                self.notices.push(Notice { line: key.line, column: key.column, text });
            }
            found.push(Entry { name, key, value });
        }
        Ok(found)
    }

    /// The entries of a mapping whose keys are fixed; others are passed over or refused.
    pub fn known<'a>(&mut self, at: &'a Spanned, what: &str, known: &[&str]) -> Result<Vec<Entry<'a>>, ReadError> {
        let mut entries = self.entries(at, what)?;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.name)) {
            self.pass_over(entry, what, known)?;
        }
        entries.retain(|entry| known.contains(&entry.name));
        Ok(entries)
    }

    fn pass_over(&mut self, entry: &Entry<'_>, what: &str, known: &[&str]) -> Result<(), ReadError> {
        let mut text = format!("{what} has no key `{}`", shorten(entry.name));
        if let Some(near) = nearest(entry.name, known) {
            text.push_str("; did you mean `");
            text.push_str(near);
            text.push_str("`?");
        }
        if self.unknown_keys == UnknownKeys::Refuse {
            return Err(ReadError::at(entry.key, text));
        }
        self.notices.push(Notice { line: entry.key.line, column: entry.key.column, text });
        Ok(())
    }

    /// The one list of names in a mapping such as `api: {rpms: […]}`; nothing there is an empty list.
    pub fn rpms(&mut self, at: &Spanned, what: &str) -> Result<BTreeSet<String>, ReadError> {
        let mut names = BTreeSet::new();
        if at.as_text() == Some("") {
            return Ok(names);
        }
        for entry in self.known(at, what, &["rpms"])? {
            names = set(entry.value, &format!("{what}.rpms"))?;
        }
        Ok(names)
    }
}

/// A scalar's text.
pub(super) fn text(at: &Spanned, what: &str) -> Result<String, ReadError> {
    at.as_text().map(str::to_owned).ok_or_else(|| wrong_kind(at, what, "a text"))
}

/// A list of texts without order; one text stands for a list of it, an empty one for an empty list.
pub(super) fn set(at: &Spanned, what: &str) -> Result<BTreeSet<String>, ReadError> {
    match &at.value {
        SpannedValue::Scalar { text, .. } if text.is_empty() => Ok(BTreeSet::new()),
        SpannedValue::Scalar { text, .. } => Ok(BTreeSet::from([text.clone()])),
        SpannedValue::List(items) => items.iter().map(|item| text(item, &format!("an item of {what}"))).collect(),
        SpannedValue::Map(_) => Err(wrong_kind(at, what, "a list")),
    }
}

/// `true` or `false`, nothing else.
pub(super) fn boolean(at: &Spanned, what: &str) -> Result<bool, ReadError> {
    match at.as_text() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(ReadError::at(at, format!("{what} has to be `true` or `false`"))),
    }
}

/// A whole number of up to 64 bits with sign.
pub(super) fn signed(at: &Spanned, what: &str) -> Result<i64, ReadError> {
    let number = at.as_text().and_then(|text| text.trim_ascii_start().parse().ok());
    number.ok_or_else(|| ReadError::at(at, format!("{what} has to be a whole number of up to 64 bits")))
}

/// A whole number of up to 64 bits without sign.
pub(super) fn unsigned(at: &Spanned, what: &str) -> Result<u64, ReadError> {
    let number = at.as_text().and_then(|text| text.trim_ascii_start().parse().ok());
    number.ok_or_else(|| ReadError::at(at, format!("{what} has to be a whole number from 0 to {}", u64::MAX)))
}

/// The refusal of a value that is no `expected`.
pub(super) fn wrong_kind(at: &Spanned, what: &str, expected: &str) -> ReadError {
    let found = match &at.value {
        SpannedValue::Scalar { text, .. } if text.is_empty() => {
            return ReadError::at(at, format!("{what} has to be {expected}, but nothing is there"));
        }
        SpannedValue::Scalar { .. } => "a text",
        SpannedValue::List(_) => "a list",
        SpannedValue::Map(_) => "a mapping",
    };
    ReadError::at(at, format!("{what} has to be {expected}, not {found}"))
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > 40 {
        return None;
    }
    let distance = |candidate: &&str| strsim::damerau_levenshtein(name, candidate);
    known.iter().copied().min_by_key(distance).filter(|candidate| distance(candidate) <= 2)
}
