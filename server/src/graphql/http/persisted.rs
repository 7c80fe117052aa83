//! Queries that clients name by the SHA-256 of their text: those that an operator put into a folder, and those that clients sent once
//! together with their hash (the protocol of Apollo: `extensions.persistedQuery`).

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_graphql::{Error, Request as Asked, Value};
use quick_cache::Weighter;
use quick_cache::sync::Cache as Bounded;
use sha2::{Digest as _, Sha256};

use crate::config::Graphql;
use crate::graphql::error::coded;
use crate::graphql::guard::tokens;

/// What a query takes of the memory beside its text, in bytes.
const OVERHEAD: u64 = 256;
/// Size of a usual query, in bytes; a guess from which the table is sized.
const USUAL: usize = 1024;

/// Queries by their hashes.
pub struct Persisted {
    /// Those of the operator.
    allowed: HashMap<String, Arc<str>>,
    /// Those that clients sent, as many as fit.
    sent: Option<Bounded<String, Arc<str>, Size>>,
    /// Whether those of the operator are all that is answered.
    only: bool,
}

#[derive(Clone)]
struct Size;

impl Weighter<String, Arc<str>> for Size {
    fn weight(&self, hash: &String, text: &Arc<str>) -> u64 {
        (hash.len() + text.len()) as u64 + OVERHEAD
    }
}

impl Persisted {
    /// Reads the folder. Where it cannot be read, none of its queries is known, and the log says so.
    pub fn new(config: &Graphql) -> Self {
        let bytes = config.persisted_bytes;
        let read = |path: &Path| {
            folder(path).unwrap_or_else(|error| {
                tracing::error!(%error, path = %path.display(), "cannot read GRAPHQL_PERSISTED_FOLDER");
                HashMap::new()
            })
        };
        let allowed = config.persisted_folder.as_deref().map(read).unwrap_or_default();
        let sent = (bytes > 0).then(|| Bounded::with_weighter(bytes / USUAL, bytes as u64, Size));
        Self { allowed, sent, only: config.persisted_only }
    }

    /// Puts the text of a query where its hash is, keeps what came with its hash, and refuses what is not to be answered.
    pub fn resolve(&self, asked: &mut Asked, limits: &Graphql) -> Result<(), Error> {
        let hash = hash_of(asked)?;
        if asked.query.is_empty() {
            let Some(hash) = hash else { return Err(coded("GRAPHQL_PARSE_FAILED", "There is no query")) };
            let known = self.allowed.get(&hash).cloned();
            let known = known.or_else(|| self.sent.as_ref().filter(|_| !self.only)?.get(&hash));
            let Some(text) = known else { return Err(coded("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")) };
            asked.query = text.to_string();
            return Ok(());
        }
        tokens::query(&asked.query, limits)?;
        if self.only {
            let is_allowed = self.allowed.contains_key(&sha256(&asked.query));
            return if is_allowed {
                Ok(())
            } else {
                Err(coded(
                    "PERSISTED_QUERY_NOT_ALLOWED",
                    "Only queries that the operator has put into a folder are answered",
                ))
            };
        }
        let Some(hash) = hash else { return Ok(()) };
        if hash != sha256(&asked.query) {
            return Err(coded("PERSISTED_QUERY_MISMATCH", "This is not the SHA-256 of the query"));
        }
        if let Some(sent) = &self.sent {
            sent.insert(hash, asked.query.as_str().into());
        }
        Ok(())
    }
}

/// `extensions.persistedQuery.sha256Hash`.
fn hash_of(asked: &Asked) -> Result<Option<String>, Error> {
    let Some(extension) = asked.extensions.0.get("persistedQuery") else { return Ok(None) };
    let wrong = || {
        coded("BAD_REQUEST", "`persistedQuery` is {\"version\": 1, \"sha256Hash\": …}, with 64 digits in small letters")
    };
    let Value::Object(members) = extension else { return Err(wrong()) };
    let is_first = matches!(members.get("version"), Some(Value::Number(version)) if version.as_u64() == Some(1));
    match members.get("sha256Hash") {
        Some(Value::String(hash)) if is_first && is_hash(hash) => Ok(Some(hash.clone())),
        _ => Err(wrong()),
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn sha256(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

fn folder(path: &Path) -> io::Result<HashMap<String, Arc<str>>> {
    let mut all = HashMap::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "graphql") {
            let text = std::fs::read_to_string(&file)?;
            // An editor ends the last line; a client need not.
            for text in [text.as_str(), text.trim_end()] {
                all.insert(sha256(text), text.into());
            }
        }
    }
    Ok(all)
}
