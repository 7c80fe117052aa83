//! Deleting what untrusted builds left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::layout::{self, Layout};
use crate::BuilderError;

/// Gets a folder out of the way at once and deletes it in the background. A build may have made folders that are too deep or too
/// locked for the plain way: `rm` copes with depth, a user namespace with missing permissions of one's own files.
pub(super) fn discard(layout: &Layout, folder: &Path) {
    let trash = layout.work().join("trash");
    if layout::create_folder(&trash).is_err() {
        return;
    }
    let moved = tempfile::Builder::new().prefix("t").tempdir_in(&trash).and_then(|place| {
        let place = place.keep();
        fs::rename(folder, place.join("x")).map(|()| place.clone()).inspect_err(|_| {
            // It is on another file system, or gone: an empty folder in the trash helps nobody.
            let _ = fs::remove_dir(&place);
        })
    });
    match moved {
        Ok(place) => spawn_removal(&place),
        // Whoever makes the folder anew must not find it being deleted.
        Err(_) if folder.exists() => spawn_removal(&aside(folder)),
        Err(_) => {}
    }
}

/// [`discard`] for what must not be found any more: an error if it is still there.
pub(super) fn remove(layout: &Layout, folder: &Path) -> Result<(), BuilderError> {
    if !folder.exists() {
        return Ok(());
    }
    discard(layout, folder);
    if folder.exists() {
        let path = folder.display();
        return Err(BuilderError::Unavailable(format!("{path} could not be removed")));
    }
    Ok(())
}

/// Another name beside it; its own where even that fails.
fn aside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let other = folder.with_file_name(format!(".trash-{name}-{}", std::process::id()));
    match fs::rename(folder, &other) {
        Ok(()) => other,
        Err(_) => folder.to_owned(),
    }
}

/// Deletes what an earlier process was still deleting when it ended.
pub(super) fn empty_trash(layout: &Layout) {
    let trash = layout.work().join("trash");
    for entry in fs::read_dir(trash).into_iter().flatten().flatten() {
        spawn_removal(&entry.path());
    }
}

fn spawn_removal(path: &Path) {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new("rm")
    } else {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--", "rm"]);
        command
    };
    command.arg("-rf").arg("--").arg(path);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // The runtime reaps it; nobody waits for it.
    if let Err(error) = command.spawn() {
        tracing::warn!(path = %path.display(), %error, "could not delete a working folder");
    }
}
