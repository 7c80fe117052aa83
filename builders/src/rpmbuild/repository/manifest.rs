//! The list that is kept with a repository.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::rpmbuild::error;
use crate::{BuilderError, BuiltComponent};

/// Name of the file in the folder of a repository.
const FILE: &str = "repository.json";

/// One repository.
#[derive(Clone, Debug)]
pub(in crate::rpmbuild) struct Repository {
    /// `repos/`, the folder of all repositories of the module build.
    pub folder: PathBuf,
    /// Its number.
    pub number: i32,
    /// What is in it.
    pub manifest: Manifest,
}

/// What a repository holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::rpmbuild) struct Manifest {
    /// Components of the module, sorted.
    pub components: Vec<Installed>,
    /// Names of binary packages, those of dependencies included.
    pub packages: Vec<String>,
    /// Folders in `repos/` whose files lie on top of each other, newest first; the first is the repository's own.
    pub layers: Vec<String>,
}

/// A component that is part of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::rpmbuild) struct Installed {
    /// Name of the source package.
    pub package: String,
    /// Tag of the module build that made it.
    pub tag: String,
    /// The attempt that succeeded.
    pub attempt: i32,
}

impl Installed {
    /// As the planner names it, for the module build with this tag.
    pub(in crate::rpmbuild) fn new(component: &BuiltComponent, tag: &str) -> Self {
        Self {
            package: component.package.clone(),
            tag: component.reused_from.clone().unwrap_or_else(|| tag.to_owned()),
            attempt: component.attempt,
        }
    }
}

impl Repository {
    /// `None` if it was not made yet.
    pub(in crate::rpmbuild) fn open(folder: &Path, number: i32) -> Result<Option<Self>, BuilderError> {
        let file = folder.join(number.to_string()).join(FILE);
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error::io("read the list of a repository", &file)(error)),
        };
        // One that cannot be read is made again.
        Ok(serde_json::from_slice(&text).ok().map(|manifest| Self { folder: folder.to_owned(), number, manifest }))
    }

    /// The newest repository before `number` that holds nothing but some of these components.
    pub(super) fn newest_within(
        folder: &Path,
        number: i32,
        components: &[Installed],
    ) -> Result<Option<Self>, BuilderError> {
        for earlier in (0..number).rev() {
            let Some(repository) = Self::open(folder, earlier)? else { continue };
            if repository.manifest.components.iter().all(|one| components.contains(one)) {
                return Ok(Some(repository));
            }
        }
        Ok(None)
    }

    /// Its database.
    pub(in crate::rpmbuild) fn database(&self) -> PathBuf {
        self.folder.join(self.number.to_string()).join("db")
    }
}

impl Manifest {
    pub(super) fn write(&self, folder: &Path) -> Result<(), BuilderError> {
        let file = folder.join(FILE);
        let text = serde_json::to_vec(self).map_err(|error| BuilderError::Impossible(error.to_string()))?;
        fs::write(&file, text).map_err(error::io("write the list of a repository", &file))
    }
}
