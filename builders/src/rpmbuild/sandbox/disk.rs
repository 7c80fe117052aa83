//! How much a build has written.
//!
//! Walking its folder takes long when it is large, so it is only walked when the file system as a whole lost enough space since
//! the start that the build may be the reason, and every few seconds otherwise.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::watch::Exceeded;

/// Watches one folder.
#[derive(Clone, Debug)]
pub(super) struct DiskWatch {
    folder: PathBuf,
    limit: u64,
    used_at_start: u64,
    walked: Instant,
    walk_took: Duration,
}

/// Time between walks when nothing looks wrong.
const CALM: Duration = Duration::from_secs(10);

impl DiskWatch {
    pub(super) fn new(folder: &Path, limit: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            limit,
            used_at_start: used(folder),
            walked: Instant::now(),
            walk_took: Duration::ZERO,
        }
    }

    /// Whether the folder holds more than allowed, at `now`.
    pub(super) fn is_exceeded(&mut self, now: Instant) -> bool {
        if self.limit == u64::MAX {
            return false;
        }
        let grown = used(&self.folder).saturating_sub(self.used_at_start);
        let pause = if grown > self.limit / 2 { self.walk_took * 10 } else { CALM + self.walk_took * 10 };
        if now.duration_since(self.walked) < pause {
            return false;
        }
        let begin = Instant::now();
        let exceeded = size(&self.folder).unwrap_or(grown) > self.limit;
        self.walk_took = begin.elapsed();
        self.walked = now;
        exceeded
    }

    /// A build that fails on its own when the limit stops it may be over before the next look.
    pub(super) fn look_at_end(&self) -> Option<Exceeded> {
        let grown = used(&self.folder).saturating_sub(self.used_at_start);
        // A single file is stopped exactly at the limit, so nearly is enough here.
        let nearly = self.limit / 10 * 9;
        let exceeded = grown > nearly && size(&self.folder).unwrap_or(grown) > nearly;
        exceeded.then_some(Exceeded::Disk(self.limit))
    }
}

/// Bytes in use on the file system of a folder.
fn used(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |fs| fs.f_blocks.saturating_sub(fs.f_bfree).saturating_mul(fs.f_frsize))
}

/// Bytes on disk of everything below a folder; `None` if part of it is nested too deep to be looked at.
fn size(folder: &Path) -> Option<u64> {
    let mut total = 0;
    let mut seen = HashSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidFilename => return None,
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                open.push(entry.path());
            } else if metadata.nlink() == 1 || seen.insert((metadata.dev(), metadata.ino())) {
                total += metadata.blocks() * 512;
            }
        }
    }
    Some(total)
}
