//! Default streams of modules, as a folder of `modulemd-defaults` documents names them.
//!
//! ```yaml
//! document: modulemd-defaults
//! version: 1
//! data:
//!   module: nodejs
//!   modified: 201906261200
//!   stream: "11"
//! ```

use std::collections::BTreeMap;

use crate::Limits;
use crate::yaml::{Rules, Spanned, parse_all, shorten};

/// Why default streams cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefaultsError {
    /// A file is not what it should be.
    #[error("{file}: line {line}: {reason}")]
    Refused {
        /// Its name.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Two documents of the same time contradict each other.
    #[error("the module {module} has two default streams: {first} and {second}")]
    Contradiction {
        /// The module.
        module: String,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
}

/// Of one module: when it was written, and its default stream if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Default {
    modified: u64,
    stream: Option<String>,
}

/// A file: its name and its text.
pub type File<'a> = (&'a str, &'a str);

/// Default streams by module. What `overrides` say of a module replaces what `files` say. A module that stands in several
/// documents has the stream of the newest.
pub fn default_streams(
    files: &[File<'_>],
    overrides: &[File<'_>],
    limits: &Limits,
) -> Result<BTreeMap<String, String>, DefaultsError> {
    let mut defaults = read(files, limits)?;
    defaults.extend(read(overrides, limits)?);
    Ok(defaults.into_iter().filter_map(|(module, default)| Some((module, default.stream?))).collect())
}

fn read(files: &[File<'_>], limits: &Limits) -> Result<BTreeMap<String, Default>, DefaultsError> {
    let mut found: BTreeMap<String, Default> = BTreeMap::new();
    for (file, text) in files {
        let refused = |line, reason| DefaultsError::Refused { file: (*file).to_owned(), line, reason };
        let rules = Rules { aliases: false, repeated_keys: true };
        let documents = parse_all(text, limits, rules).map_err(|error| refused(error.line, error.reason.clone()))?;
        for document in &documents {
            let read = document_of(document).map_err(|(line, reason)| refused(line, reason))?;
            if let Some((module, default)) = read {
                let merged = merged(&module, found.remove(&module), default)?;
                found.insert(module, merged);
            }
        }
    }
    Ok(found)
}

/// `None` for a document of another kind, such as a module's end of life.
fn document_of(document: &Spanned) -> Result<Option<(String, Default)>, (usize, String)> {
    let text = |at: &Spanned, key: &str| {
        at.get(key)
            .filter(|node| !node.is_null())
            .map(|node| node.as_text().map(str::to_owned).ok_or((node.line, format!("`{key}` has to be a text"))))
    };
    let kind = text(document, "document").transpose()?;
    if kind.as_deref() != Some("modulemd-defaults") {
        return if kind.is_some() { Ok(None) } else { Err((document.line, "it is no modulemd document".to_owned())) };
    }
    let missing = |key: &str| (document.line, format!("the document has no `{key}`"));
    let data = document.get("data").ok_or_else(|| missing("data"))?;
    let module = text(data, "module").transpose()?.ok_or_else(|| missing("module"))?;
    let modified = match text(data, "modified").transpose()? {
        None => 0,
        Some(text) => text.parse().map_err(|_| {
            (data.line, format!("`modified` of `{}` is no time such as 201906261200", shorten(&module)))
        })?,
    };
    Ok(Some((module, Default { modified, stream: text(data, "stream").transpose()?.filter(|text| !text.is_empty()) })))
}

fn merged(module: &str, known: Option<Default>, new: Default) -> Result<Default, DefaultsError> {
    let Some(known) = known else { return Ok(new) };
    if known.modified != new.modified {
        return Ok(if known.modified > new.modified { known } else { new });
    }
    match (known.stream, new.stream) {
        (Some(first), Some(second)) if first != second => {
            Err(DefaultsError::Contradiction { module: module.to_owned(), first, second })
        }
        (first, second) => Ok(Default { modified: known.modified, stream: first.or(second) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(module: &str, stream: &str, modified: &str) -> String {
        format!(
            "document: modulemd-defaults\nversion: 1\ndata:\n  module: {module}\n  {modified}\n  {stream}\n  profiles:\n    '1': [x]\n"
        )
    }

    fn streams<'a>(files: &[&'a str], overrides: &[&'a str]) -> Result<BTreeMap<String, String>, DefaultsError> {
        let named = |texts: &[&'a str]| texts.iter().map(|text| ("a.yaml", *text)).collect::<Vec<File<'a>>>();
        default_streams(&named(files), &named(overrides), &Limits::default())
    }

    #[test]
    fn streams_stay_the_text_they_are() {
        let nodejs = text("nodejs", "stream: 1.10", "modified: 201906261200");
        let none = text("without", "", "");
        let obsoletes = "document: modulemd-obsoletes\nversion: 1\ndata: {module: x}\n";
        let found = streams(&[&nodejs, &none, obsoletes], &[]).unwrap();
        assert_eq!(found, BTreeMap::from([("nodejs".to_owned(), "1.10".to_owned())]));
    }

    #[test]
    fn the_newest_counts_and_overrides_replace() {
        let old = text("a", "stream: old", "modified: 1");
        let new = text("a", "stream: new", "modified: 2");
        for files in [[old.as_str(), &new], [&new, &old]] {
            assert_eq!(streams(&files, &[]).unwrap()["a"], "new");
            assert_eq!(streams(&files, &[&old]).unwrap()["a"], "old");
        }
        let gone = text("a", "", "");
        assert!(streams(&[&new], &[&gone]).unwrap().is_empty(), "an override may take the default away");
    }

    #[test]
    fn what_cannot_be_told_is_an_error_with_its_place() {
        let (one, other) = (text("a", "stream: '1'", ""), text("a", "stream: '2'", ""));
        assert!(matches!(streams(&[&one, &other], &[]), Err(DefaultsError::Contradiction { .. })));
        for (bad, words) in [
            ("{", "line"),
            ("just text", "no modulemd document"),
            ("document: modulemd-defaults\nversion: 1\ndata: {}\n", "no `module`"),
            ("document: modulemd-defaults\ndata: {module: a, stream: [1]}\n", "`stream` has to be a text"),
            ("document: modulemd-defaults\ndata: {module: a, modified: soon}\n", "no time"),
        ] {
            let error = streams(&[bad], &[]).unwrap_err().to_string();
            assert!(error.starts_with("a.yaml: line ") && error.contains(words), "{bad}: {error}");
        }
    }
}
