//! One process works on an attempt, whoever started it.
//!
//! A lock is a file that somebody has locked. It is deleted when it is given back, so a path may be that of another file by the time
//! a lock on it was got: then it counts for nothing, and is taken again.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::{error, layout};
use crate::BuilderError;

/// How often a folder is made that is gone again when it is needed.
const TRIES: u32 = 1000;

/// Held until dropped, or until the process that holds it is dead.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// `None` if somebody else holds it.
    pub(super) fn try_take(path: &Path) -> Result<Option<Self>, BuilderError> {
        loop {
            let file = open(path)?;
            if !try_lock(&file, path, FlockOperation::NonBlockingLockExclusive)? {
                return Ok(None);
            }
            if is_at(&file, path) {
                return Ok(Some(Self { file, path: path.to_owned() }));
            }
        }
    }

    /// Whether somebody holds it now. Any number may ask at the same time.
    pub(super) fn is_taken(path: &Path) -> Result<bool, BuilderError> {
        match File::open(path) {
            Ok(file) => Ok(!try_lock(&file, path, FlockOperation::NonBlockingLockShared)?),
            Err(missing) if missing.kind() == ErrorKind::NotFound => Ok(false),
            Err(other) => Err(error::io("open a lock", path)(other)),
        }
    }
}

impl Drop for Lock {
    /// Deletes the file while nobody else can hold it. Closing is not enough to give it back: a process that another thread is just
    /// starting shares the open file for a moment.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        // Kept where there are others.
        let _ = self.path.parent().map(fs::remove_dir);
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Deletes locks in a folder that nobody holds: those of processes that were killed.
pub(super) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Err(error) = Lock::try_take(&entry.path()) {
            tracing::debug!(%error, "a lock stays");
        }
    }
    let _ = fs::remove_dir(folder);
}

/// [`sweep`] for the folders of all modules.
pub(super) fn sweep_all(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        sweep(&entry.path());
    }
}

/// Makes the file where it is missing. Others may remove its folder at the same time, which cannot go on for long.
fn open(path: &Path) -> Result<File, BuilderError> {
    let mut tries = 0..TRIES;
    loop {
        let made = path.parent().map_or(Ok(()), layout::create_folder);
        match OpenOptions::new().create(true).truncate(false).write(true).open(path) {
            Ok(file) => return Ok(file),
            Err(gone) if gone.kind() == ErrorKind::NotFound && tries.next().is_some() => {}
            Err(other) => return made.and(Err(error::io("open a lock", path)(other))),
        }
    }
}

fn try_lock(file: &File, path: &Path, operation: FlockOperation) -> Result<bool, BuilderError> {
    match flock(file, operation) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(error::io("take a lock", path)(errno.into())),
    }
}

/// Whether `path` still is the name of this file.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(own), Ok(there)) => (own.dev(), own.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_lock_that_was_given_back_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tag/package.0");
        let lock = Lock::try_take(&path).unwrap().unwrap();
        assert!(Lock::is_taken(&path).unwrap());
        assert!(Lock::try_take(&path).unwrap().is_none());
        drop(lock);
        assert!(!Lock::is_taken(&path).unwrap());
        assert!(!folder.path().join("tag").exists());
    }

    #[test]
    fn only_what_is_held_survives_a_sweep() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::try_take(&folder.path().join("one/held")).unwrap().unwrap();
        for left in ["one/left", "two/left"] {
            fs::create_dir_all(folder.path().join(left).parent().unwrap()).unwrap();
            fs::write(folder.path().join(left), "").unwrap();
        }
        sweep_all(folder.path());
        assert!(Lock::is_taken(&held.path).unwrap());
        assert!(!folder.path().join("one/left").exists() && !folder.path().join("two").exists());
    }

    #[test]
    fn one_at_a_time_holds_it_however_often_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tag/package.0");
        let (inside, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while taken.load(Ordering::SeqCst) < 400 {
                        if let Some(_lock) = Lock::try_take(&path).unwrap() {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold it");
                            taken.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
    }
}
