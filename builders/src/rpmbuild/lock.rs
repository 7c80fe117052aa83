//! One process works on an attempt, whoever started it.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::{error, layout};
use crate::BuilderError;

/// Held until dropped, or until the process that holds it is dead.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// `None` if somebody else holds it.
    pub(super) fn try_take(path: &Path) -> Result<Option<Self>, BuilderError> {
        if let Some(folder) = path.parent() {
            layout::create_folder(folder)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(error::io("open a lock", path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(error::io("take a lock", path)(errno.into())),
        }
    }

    /// Whether somebody holds it now.
    pub(super) fn is_taken(path: &Path) -> Result<bool, BuilderError> {
        Ok(path.exists() && Self::try_take(path)?.is_none())
    }
}
