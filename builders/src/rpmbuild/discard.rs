//! Deleting what untrusted builds left behind.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::layout::{self, Layout};

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
        Err(_) if folder.exists() => spawn_removal(folder),
        Err(_) => {}
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
