//! The results folder: whether it can be written to.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{OK, in_time};
use crate::monitor::PATIENCE;

/// More than fits into what file systems keep beside the name of a file.
const SAMPLE: [u8; 4096] = [0; 4096];

/// A folder that is written to, to see whether that works.
#[derive(Debug)]
pub(in crate::monitor) struct ResultsFolder {
    path: PathBuf,
    /// Held by the thread that writes. A share that hangs keeps one such thread, not one for every look.
    writing: Arc<Mutex<()>>,
}

impl ResultsFolder {
    pub fn new(path: PathBuf) -> Self {
        Self { path, writing: Arc::default() }
    }

    /// Writes a file that vanishes.
    pub async fn check(&self) -> String {
        let Ok(writing) = Arc::clone(&self.writing).try_lock_owned() else {
            return in_time();
        };
        let path = self.path.clone();
        let written = tokio::task::spawn_blocking(move || {
            let _writing = writing;
            write(&path)
        });
        match timeout(PATIENCE, written).await {
            Ok(Ok(Ok(()))) => OK.to_owned(),
            // The kernel's word for it, without the path.
            Ok(Ok(Err(error))) => format!("cannot be written to: {}", error.kind()),
            Ok(Err(_)) => "cannot be written to".to_owned(),
            Err(_) => in_time(),
        }
    }
}

/// The folder is made by the first build; it counts if it could be.
fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".ready-").tempfile_in(folder)?;
    file.write_all(&SAMPLE)?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_that_is_a_file_is_no_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = ResultsFolder::new(place.path().join("results"));
        assert_eq!(folder.check().await, OK);
        assert_eq!(std::fs::read_dir(place.path().join("results")).unwrap().count(), 0, "nothing stays");
        std::fs::remove_dir(place.path().join("results")).unwrap();
        std::fs::write(place.path().join("results"), "").unwrap();
        let found = folder.check().await;
        assert!(found.starts_with("cannot be written to"), "{found}");
    }

    #[tokio::test]
    async fn a_look_that_hangs_is_not_joined_by_others() {
        let place = tempfile::tempdir().unwrap();
        let folder = ResultsFolder::new(place.path().to_owned());
        let _hangs = folder.writing.lock().await;
        assert_eq!(folder.check().await, "does not answer within 2 s");
    }
}
