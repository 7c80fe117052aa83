//! What the rules have to know of a build and its components.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::MACROS_BATCH;
use crate::{ModuleStream, Nsvc, order};

/// Where a component of a build stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not started.
    Waiting,
    /// This build made its packages.
    Built,
    /// Its packages are those of an earlier build.
    TakenOver,
    /// Anything else: there are no packages.
    Without,
}

/// A component of a build, as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentRow {
    /// `component_builds.id`.
    pub id: i32,
    /// Name of the source package.
    pub package: String,
    /// Commit.
    pub commit: Option<String>,
    /// Batch, from 1.
    pub batch: Option<i32>,
    /// Name, version and release, once there are packages.
    pub nvr: Option<String>,
    /// Where it stands.
    pub standing: Standing,
}

impl ComponentRow {
    /// Commit and batch; `None` for what does not come from a commit, like `module-build-macros`.
    pub(super) fn commit_and_batch(&self) -> Option<(&str, i32)> {
        let commit = self.commit.as_deref().filter(|commit| !commit.is_empty())?;
        Some((commit, self.batch.filter(|batch| *batch != 0)?))
    }
}

/// A build with its components.
#[derive(Clone, Copy, Debug)]
pub struct ModuleRows<'a> {
    /// Its identity.
    pub nsvc: &'a Nsvc,
    /// Its document.
    pub document: &'a ModuleStream,
    /// Its components.
    pub components: &'a [ComponentRow],
}

/// What of a component makes a difference to those that are built after it.
pub(super) type Fingerprint<'a> = (Option<&'a str>, Option<&'a BTreeSet<String>>);

impl<'a> ModuleRows<'a> {
    pub(super) fn row(&self, package: &str) -> Option<&'a ComponentRow> {
        self.components.iter().find(|row| row.package == package)
    }

    /// Architectures that the document restricts a component to; `None` if the document does not name the component, as with
    /// components of included modules.
    pub(super) fn arches(&self, package: &str) -> Option<&'a BTreeSet<String>> {
        self.document.rpm_components.get(package).map(|component| &component.arches)
    }

    fn fingerprint(&self, row: &'a ComponentRow) -> Fingerprint<'a> {
        // Not named is not restricted.
        (row.commit.as_deref(), self.arches(&row.package).filter(|arches| !arches.is_empty()))
    }

    /// Components of batches between `module-build-macros`, which is made for every build, and `batch`: commit and architectures
    /// of each, by batch and name.
    pub(super) fn batches_before(&self, batch: i32) -> BTreeMap<(i32, &'a str), Fingerprint<'a>> {
        let earlier = |row: &&ComponentRow| row.batch.is_some_and(|own| own > MACROS_BATCH && own < batch);
        let rows = self.components.iter().filter(earlier);
        rows.map(|row| ((row.batch.unwrap_or_default(), row.package.as_str()), self.fingerprint(row))).collect()
    }

    /// Components that have to be in the buildroot of this one, those of earlier batches or those that `buildafter` and the flags of the buildroot lead to.
    pub(super) fn needs(&self, row: &ComponentRow) -> BTreeMap<&'a str, Fingerprint<'a>> {
        if !order::is_graph(self.document) {
            let batches = self.batches_before(row.batch.unwrap_or_default());
            return batches.into_iter().map(|((_, package), fingerprint)| (package, fingerprint)).collect();
        }
        let needed = order::Needs::new(&self.document.rpm_components).all(&row.package);
        let rows = self.components.iter().filter(|row| needed.contains(row.package.as_str()));
        rows.map(|row| (row.package.as_str(), self.fingerprint(row))).collect()
    }
}
