//! From failed system calls to sentences.

use std::io;
use std::path::Path;

use crate::BuilderError;

/// A file operation failed; `what` completes "could not …". The path stays in the server's log, users do not see it.
pub(super) fn io(what: &'static str, path: &Path) -> impl Fn(io::Error) -> BuilderError {
    move |error| {
        tracing::warn!(path = %path.display(), %error, "could not {what}");
        unavailable(what, &error)
    }
}

fn unavailable(what: &str, error: &io::Error) -> BuilderError {
    BuilderError::Unavailable(if is_full(error) {
        format!("the disk of the builder is full: could not {what}; free some space, the build goes on by itself")
    } else {
        format!("could not {what}: {}", error.kind())
    })
}

/// No space, no inodes, no quota.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// What users read when a tool or a build met a full disk.
pub(super) fn disk_full(during: &str) -> BuilderError {
    BuilderError::Unavailable(format!(
        "the disk of the builder is full: {during} could not be finished; free some space, the build goes on by itself"
    ))
}
