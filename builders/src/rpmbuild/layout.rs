//! Where things are kept.
//!
//! ```text
//! <results_dir>/<tag>/logs/<package>.log                     log of the newest attempt, written while it runs
//!                    /components/<package>/<attempt>/         result.json, build.log, RPMs; there once the attempt ended
//!                    /repos/                                  what builds see as installed, see `repository`
//!                    /repo/                                   the finished dnf repository
//! <work_dir>/builds/<tag>/                                    builds that run
//!           /git/                                             cache of commits
//!           /locks/                                           one file an attempt that runs
//!           /trash/                                           on its way to be deleted
//! ```

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::error;
use super::settings::Settings;
use crate::{BuilderError, ComponentRequest};

/// How the names of folders start that are not complete yet.
pub(super) const UNFINISHED: &str = ".new-";

/// Paths of the results and the working folder, absolute and without symbolic links.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    results: PathBuf,
    work: PathBuf,
}

impl Layout {
    /// Makes both folders where they are missing.
    pub(super) fn create(settings: &Settings) -> Result<Self, BuilderError> {
        Ok(Self { results: existing(&settings.results_dir)?, work: existing(&settings.work_dir)? })
    }

    pub(super) fn results(&self) -> &Path {
        &self.results
    }

    pub(super) fn work(&self) -> &Path {
        &self.work
    }

    /// Everything of one module build.
    pub(super) fn module(&self, tag: &str) -> Result<PathBuf, BuilderError> {
        check_name("tag", tag)?;
        Ok(self.results.join(tag))
    }

    pub(super) fn logs(&self, tag: &str) -> Result<PathBuf, BuilderError> {
        Ok(self.module(tag)?.join("logs"))
    }

    pub(super) fn components(&self, tag: &str) -> Result<PathBuf, BuilderError> {
        Ok(self.module(tag)?.join("components"))
    }

    /// Result of one attempt at a component.
    pub(super) fn attempt(&self, tag: &str, package: &str, attempt: i32) -> Result<PathBuf, BuilderError> {
        check_name("component name", package)?;
        Ok(self.components(tag)?.join(package).join(attempt.to_string()))
    }

    pub(super) fn repositories(&self, tag: &str) -> Result<PathBuf, BuilderError> {
        Ok(self.module(tag)?.join("repos"))
    }

    /// The finished dnf repository.
    pub(super) fn published(&self, tag: &str) -> Result<PathBuf, BuilderError> {
        Ok(self.module(tag)?.join("repo"))
    }

    /// Where builds of a module run.
    pub(super) fn builds(&self, tag: &str) -> Result<PathBuf, BuilderError> {
        check_name("tag", tag)?;
        Ok(self.work.join("builds").join(tag))
    }

    /// Folders that never got their final name.
    pub(super) fn unfinished(&self, tag: &str) -> Result<Vec<PathBuf>, BuilderError> {
        let module = self.module(tag)?;
        let folders = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut all: Vec<PathBuf> = folders(&module).collect();
        all.extend(folders(&self.components(tag)?).flat_map(|component| folders(&component).collect::<Vec<_>>()));
        let unfinished =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED));
        Ok(all.into_iter().filter(unfinished).collect())
    }

    /// Held by the process that works on an attempt.
    pub(super) fn lock(&self, request: &ComponentRequest) -> Result<PathBuf, BuilderError> {
        check_name("component name", &request.package)?;
        Ok(self.locks(&request.module.tag)?.join(format!("{}.{}", request.package, request.attempt)))
    }

    /// Locks of a module.
    pub(super) fn locks(&self, tag: &str) -> Result<PathBuf, BuilderError> {
        check_name("tag", tag)?;
        Ok(self.all_locks().join(tag))
    }

    /// Locks of all modules, a folder each.
    pub(super) fn all_locks(&self) -> PathBuf {
        self.work.join("locks")
    }
}

fn existing(folder: &Path) -> Result<PathBuf, BuilderError> {
    create_folder(folder)?;
    fs::canonicalize(folder).map_err(error::io("open the folder of the builder", folder))
}

/// Makes a folder and those above it, readable for everyone whatever the umask.
pub(super) fn create_folder(folder: &Path) -> Result<(), BuilderError> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(error::io("make a folder", folder))
}

/// A text that becomes part of a path must be nothing but a plain name.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), BuilderError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let fine = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().all(plain)
        && name.len() <= 200;
    if fine {
        return Ok(());
    }
    let shown: String = name.chars().take(60).collect();
    Err(BuilderError::Impossible(format!(
        "the {what} {shown:?} cannot be built: at most 200 letters, digits and . _ + - are allowed, starting with a letter or digit"
    )))
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_of_packages_are_taken() {
        for name in ["bash", "gtk+", "python3.11", "libstdc++-devel", "389-ds-base", "_x"] {
            assert!(check_name("component name", name).is_ok(), "{name}");
        }
    }

    #[test]
    fn anything_that_leaves_the_folder_is_refused() {
        let long = "a".repeat(10_000);
        for name in ["", ".", "..", "../x", "a/b", "a\nb", "-rf", "a b", "a\0", "ä", &long] {
            let message = check_name("component name", name).unwrap_err().to_string();
            assert!(message.contains("component name") && message.len() < 300, "{message}");
        }
    }
}
