//! One pass over the index that notes what it lacks.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::index::{BuildState, Index, KnownBuild, LookedUp, Wanted};
use crate::ModuleStream;

/// Answers from the index. What is not known is answered as if it did not exist, and noted.
pub(crate) struct Lookup<'a> {
    index: &'a Index,
    missing: RefCell<BTreeSet<Wanted>>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(index: &'a Index) -> Self {
        Self { index, missing: RefCell::default() }
    }

    /// What was asked for in vain.
    pub(crate) fn missing(&self) -> BTreeSet<Wanted> {
        self.missing.borrow().clone()
    }

    /// All builds of a module, readable or not, in the order of their ids.
    pub(crate) fn rows(&self, name: &str) -> &'a [KnownBuild] {
        self.index.builds(name).unwrap_or_else(|| {
            self.note(Wanted::Builds(name.to_owned()));
            &[]
        })
    }

    /// Builds of a module in this state, except those whose document turned out to be unreadable.
    pub(crate) fn builds(&self, name: &str, state: BuildState) -> impl Iterator<Item = &'a KnownBuild> {
        let index = self.index;
        self.rows(name).iter().filter(move |build| build.state == state && is_readable(index, build))
    }

    /// The same of one stream only.
    pub(crate) fn builds_of_stream(
        &self,
        name: &str,
        stream: &str,
        state: BuildState,
    ) -> impl Iterator<Item = &'a KnownBuild> {
        self.rows(name);
        let index = self.index;
        index.builds_of_stream(name, stream).filter(move |build| build.state == state && is_readable(index, build))
    }

    /// The document of a build.
    pub(crate) fn document(&self, build: &KnownBuild) -> Option<&'a ModuleStream> {
        match self.index.document(build.id) {
            LookedUp::Found(document) => Some(document),
            LookedUp::Unreadable => None,
            LookedUp::NotYet => {
                self.note(Wanted::Document(build.id));
                None
            }
        }
    }

    fn note(&self, wanted: Wanted) {
        self.missing.borrow_mut().insert(wanted);
    }
}

fn is_readable(index: &Index, build: &KnownBuild) -> bool {
    !matches!(index.document(build.id), LookedUp::Unreadable)
}

/// The version of a build as a number.
pub(crate) fn version(build: &KnownBuild) -> u64 {
    build.nsvc.version.parse().unwrap_or(0)
}

/// Those builds that have the highest version, in the given order.
pub(super) fn newest<'a>(builds: impl Iterator<Item = &'a KnownBuild>) -> Vec<&'a KnownBuild> {
    let mut builds: Vec<_> = builds.collect();
    let newest = builds.iter().map(|build| version(build)).max();
    builds.retain(|build| Some(version(build)) == newest);
    builds
}
