//! Files of results: linked or moved where the file system allows, copied otherwise.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Gid, Uid, chownat};

use super::error;
use crate::BuilderError;

/// The same file under a second name.
pub(super) fn link(from: &Path, to: &Path) -> Result<(), BuilderError> {
    match fs::hard_link(from, to) {
        Err(error) if cannot_link(&error) => fs::copy(from, to).map(drop),
        done => done,
    }
    .map_err(error::io("keep a copy of a result", to))
}

/// Takes a file that a build made. Afterwards only the service can change it.
pub(super) fn take(from: &Path, to: &Path) -> Result<(), BuilderError> {
    let cannot = error::io("keep a result of a build", to);
    match fs::rename(from, to) {
        Err(error) if cannot_link(&error) => fs::copy(from, to).map(drop),
        done => done,
    }
    .map_err(&cannot)?;
    own(to).and_then(|()| fs::set_permissions(to, Permissions::from_mode(0o644))).map_err(cannot)
}

/// Makes a file the service's own.
pub(super) fn own(path: &Path) -> io::Result<()> {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    if user.is_root() {
        give(path, user, group)?;
    }
    Ok(())
}

/// Gives a file or folder, and everything below it, to the user that builds run as.
pub(super) fn give_all(path: &Path, (user, group): (u32, u32)) -> io::Result<()> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        give(&path, user, group)?;
        if fs::symlink_metadata(&path)?.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        }
    }
    Ok(())
}

fn give(path: &Path, user: Uid, group: Gid) -> io::Result<()> {
    Ok(chownat(CWD, path, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?)
}

fn cannot_link(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::CrossesDevices | io::ErrorKind::PermissionDenied | io::ErrorKind::TooManyLinks
    )
}
