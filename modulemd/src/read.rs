//! Text to document, with the rules of libmodulemd 2.14.
//!
//! A submission is read as libmodulemd reads a packager's document: what it does not know is passed over ([`Notice`] tells
//! where), then the document is validated, because what could not be written again must not enter the database. Of a
//! repeated key the last value counts. [`read_strict`] refuses unknown keys; packager documents version 3 always do.
//!
//! Stricter than libmodulemd, each because nothing sensible could come of it: aliases, dates that do not exist, a cycle in
//! `buildafter`, lists inside lists of names, and scalars where a mapping is expected.

mod build;
mod components;
mod dependencies;
mod envelope;
mod fields;
mod packager;
mod parts;
mod stream;
mod validate;

use crate::document::Document;
use crate::limits::Limits;
use crate::stream::ModuleStream;
use crate::yaml::{self, Rules, Spanned, YamlError};
use fields::Fields;

pub use validate::{Problem, validate};

const RULES: Rules = Rules { aliases: false, repeated_keys: true };

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The bytes are not text.
    #[error("line {line}: the document is not UTF-8 text (byte {offset}); save it as UTF-8")]
    NotUtf8 {
        /// Line of the first wrong byte, counted from 1.
        line: usize,
        /// Its position, counted from 0.
        offset: usize,
    },
    /// The text is not YAML, or exceeds the limits.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// It is YAML, but not a module document that can be built.
    #[error("line {line}, column {column}: {reason}")]
    Refused {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
}

impl ReadError {
    /// The line it happened in, counted from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::NotUtf8 { line, .. } | Self::Refused { line, .. } => *line,
            Self::Yaml(error) => error.line,
        }
    }

    /// The reason in the words that clients of the Python service know, where those never change: whatever is wrong with the
    /// YAML, they are told that the parser failed. For all else it is this error's own text.
    pub fn legacy_text(&self) -> String {
        match self {
            Self::Yaml(error) if error.is_syntax => {
                "modulemd-yaml-error-quark: Parse error identifying document type and version: Parser error (2)"
                    .to_owned()
            }
            other => other.to_string(),
        }
    }

    pub(crate) fn at(place: &Spanned, reason: impl Into<String>) -> Self {
        Self::Refused { line: place.line, column: place.column, reason: reason.into() }
    }
}

/// Something in a document that has no effect, and probably should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1.
    pub column: usize,
    /// What was passed over, and what may have been meant.
    pub text: String,
}

/// A document with what was passed over in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The document.
    pub document: Document,
    /// In the order of reading.
    pub notices: Vec<Notice>,
}

/// What happens to keys that no document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownKeys {
    /// They are passed over with a notice.
    PassOver,
    /// The document is refused.
    Refuse,
}

/// Reads a submitted document. Name and stream may be missing.
pub fn read(text: &str, limits: &Limits) -> Result<Document, ReadError> {
    Ok(read_with_notices(text, limits)?.document)
}

/// As [`read`], from bytes that may be no text.
pub fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    read(as_text(bytes)?, limits)
}

/// As [`read`], and refuses unknown keys.
pub fn read_strict(text: &str, limits: &Limits) -> Result<Document, ReadError> {
    let tree = yaml::parse_with(text, limits, RULES)?;
    Ok(read_tree(&tree, UnknownKeys::Refuse)?.document)
}

/// As [`read`], and tells what it passed over.
pub fn read_with_notices(text: &str, limits: &Limits) -> Result<Reading, ReadError> {
    let tree = yaml::parse_with(text, limits, RULES)?;
    read_tree(&tree, UnknownKeys::PassOver)
}

/// Reads a stream document, as the database holds them; a packager document version 3 is refused.
pub fn read_stream(text: &str, limits: &Limits) -> Result<ModuleStream, ReadError> {
    match read(text, limits)? {
        Document::Stream(stream) => Ok(*stream),
        Document::Packager(_) => Err(ReadError::Refused {
            line: 1,
            column: 1,
            reason: "this is a packager document version 3; expected a stream document".to_owned(),
        }),
    }
}

/// Reads a text of several documents, such as the `modules.yaml` of a repository. Each is read or refused by itself; the
/// outer error is a text that is not YAML.
pub fn read_all(
    text: &str,
    limits: &Limits,
    unknown_keys: UnknownKeys,
) -> Result<Vec<Result<Document, ReadError>>, ReadError> {
    let trees = yaml::parse_all(text, limits, RULES)?;
    Ok(trees.iter().map(|tree| read_tree(tree, unknown_keys).map(|reading| reading.document)).collect())
}

/// The text of a document that came as bytes.
pub fn as_text(bytes: &[u8]) -> Result<&str, ReadError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let line = bytes[..offset].split(|byte| *byte == b'\n').count();
        ReadError::NotUtf8 { line, offset }
    })
}

fn read_tree(tree: &Spanned, unknown_keys: UnknownKeys) -> Result<Reading, ReadError> {
    let mut fields = Fields::new(unknown_keys);
    let document = envelope::document(&mut fields, tree)?;
    Ok(Reading { document, notices: fields.notices })
}

#[cfg(test)]
mod tests;
