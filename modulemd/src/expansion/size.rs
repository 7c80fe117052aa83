//! How many builds one document may become, and how large they may be together.

use super::{Choices, ExpandError, ExpandSettings};
use crate::ModuleStream;

/// Bytes of all documents of one submission. Each build has the whole document with it, from here to its repository.
const MAX_BYTES: usize = 128 * 1024 * 1024;

/// Whether a document may become so many builds. To be asked before they are made.
pub(crate) fn check_size(document: &ModuleStream, builds: usize, settings: &ExpandSettings) -> Result<(), ExpandError> {
    let limit = settings.max_combinations;
    if builds > limit {
        return Err(ExpandError::TooMany { limit, choices: Choices::default() });
    }
    if builds <= 1 {
        return Ok(());
    }
    match document.to_yaml().len() {
        bytes if bytes.saturating_mul(builds) > MAX_BYTES => {
            Err(ExpandError::TooLarge { bytes, builds, limit: MAX_BYTES })
        }
        _ => Ok(()),
    }
}
