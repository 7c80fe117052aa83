//! One process works on an attempt, whoever started it.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::{error, layout};
use crate::BuilderError;

/// Held until dropped, or until the process that holds it is dead.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// `None` if somebody else holds it.
    pub(super) fn try_take(path: &Path) -> Result<Option<Self>, BuilderError> {
        Self::try_lock(path, FlockOperation::NonBlockingLockExclusive)
    }

    /// Whether somebody holds it now. Any number may ask at the same time.
    pub(super) fn is_taken(path: &Path) -> Result<bool, BuilderError> {
        Ok(path.exists() && Self::try_lock(path, FlockOperation::NonBlockingLockShared)?.is_none())
    }

    fn try_lock(path: &Path, operation: FlockOperation) -> Result<Option<Self>, BuilderError> {
        if let Some(folder) = path.parent() {
            layout::create_folder(folder)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(error::io("open a lock", path))?;
        match flock(&file, operation) {
            Ok(()) => Ok(Some(Self { file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(error::io("take a lock", path)(errno.into())),
        }
    }
}

impl Drop for Lock {
    /// Closing is not enough: a process that another thread is just starting shares the open file for a moment.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}
