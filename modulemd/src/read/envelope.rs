//! What stands around the data: `document`, `version`, and which reader they ask for.

use super::fields::{Fields, text, unsigned, wrong_kind};
use super::{ReadError, UnknownKeys, packager, stream};
use crate::document::Document;
use crate::yaml::{Spanned, shorten};

/// Which rules the data of a stream document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `modulemd`, version 1.
    V1,
    /// `modulemd` or `modulemd-stream`, version 2.
    V2,
    /// `modulemd-packager`, version 2: as version 2, without what only a build can know.
    PackagerV2,
}

pub(super) fn document(fields: &mut Fields, tree: &Spanned) -> Result<Document, ReadError> {
    if tree.as_map().is_none() {
        return Err(wrong_kind(tree, "a module document", "a mapping with `document`, `version` and `data`"));
    }
    let kind_at = only(tree, "document")?;
    let version_at = only(tree, "version")?;
    let data = only(tree, "data")?;
    fields.known(tree, "the document", &["document", "version", "data"])?;
    let kind = text(kind_at, "document")?;
    let version = unsigned(version_at, "version")?;
    let format = match (kind.as_str(), version) {
        ("modulemd" | "modulemd-stream", 1) => Format::V1,
        ("modulemd" | "modulemd-stream", 2) => Format::V2,
        ("modulemd-packager", 2) => Format::PackagerV2,
        ("modulemd-packager", 3) => {
            fields.unknown_keys = UnknownKeys::Refuse;
            return Ok(Document::Packager(Box::new(packager::packager(fields, data)?)));
        }
        _ => return Err(unsupported(kind_at, &kind, version_at, version)),
    };
    Ok(Document::Stream(Box::new(stream::stream(fields, data, format)?)))
}

/// The value of a key that may stand only once.
fn only<'a>(tree: &'a Spanned, name: &str) -> Result<&'a Spanned, ReadError> {
    let entries = tree.as_map().unwrap_or_default().iter();
    let mut found = entries.filter(|(key, _)| key.as_text() == Some(name));
    match (found.next(), found.next()) {
        (None, _) => Err(ReadError::at(tree, format!("the document has no `{name}`"))),
        (Some((_, value)), None) => Ok(value),
        (Some(_), Some((again, _))) => Err(ReadError::at(again, format!("`{name}` stands here a second time"))),
    }
}

fn unsupported(kind_at: &Spanned, kind: &str, version_at: &Spanned, version: u64) -> ReadError {
    let versions = match kind {
        "modulemd" | "modulemd-stream" => "1 and 2",
        "modulemd-packager" => "2 and 3",
        _ => {
            let reason = format!(
                "a document of the kind `{}` cannot be built; expected `modulemd` or `modulemd-packager`",
                shorten(kind)
            );
            return ReadError::at(kind_at, reason);
        }
    };
    ReadError::at(version_at, format!("`{kind}` has no version {version}; supported are {versions}"))
}
