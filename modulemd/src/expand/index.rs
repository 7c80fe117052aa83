//! What is known of other modules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{ModuleStream, Nsvc};

/// A module build that others can be built against.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its identity.
    pub nsvc: Nsvc,
    /// Its document.
    pub document: ModuleStream,
    /// Its tag in the build system.
    pub koji_tag: Option<String>,
    /// Other names of its stream.
    pub virtual_streams: BTreeSet<String>,
    /// Number of its stream, base modules only.
    pub stream_version: Option<f64>,
}

/// Known modules by name. A name without builds was looked for in vain.
#[derive(Clone, Debug, Default)]
pub struct Index {
    modules: BTreeMap<String, Vec<Arc<Known>>>,
}

impl Index {
    /// Adds all ready builds of a module; of every stream only those of the newest version are kept.
    pub fn add(&mut self, name: &str, builds: Vec<Known>) {
        let mut newest: BTreeMap<String, u64> = BTreeMap::new();
        for build in &builds {
            let version = newest.entry(build.nsvc.stream.clone()).or_default();
            *version = (*version).max(number(&build.nsvc));
        }
        let is_newest = |build: &Known| newest.get(&build.nsvc.stream) == Some(&number(&build.nsvc));
        let kept = builds.into_iter().filter(is_newest).map(Arc::new).collect();
        self.modules.insert(name.to_owned(), kept);
    }

    /// Whether somebody looked for this module.
    pub fn was_asked(&self, name: &str) -> bool {
        self.modules.contains_key(name)
    }

    /// All streams of a module.
    pub fn streams(&self, name: &str) -> BTreeSet<String> {
        self.all(name).map(|build| build.nsvc.stream.clone()).collect()
    }

    /// The newest builds of a stream, one a context.
    pub fn builds(&self, name: &str, stream: &str) -> Vec<&Arc<Known>> {
        self.all(name).filter(|build| build.nsvc.stream == stream).collect()
    }

    /// The stream with the largest number among those that have this virtual stream.
    pub fn latest_with_virtual_stream(&self, name: &str, virtual_stream: &str) -> Option<&str> {
        let having = self.all(name).filter(|build| build.virtual_streams.contains(virtual_stream));
        let latest =
            having.max_by(|a, b| a.stream_version.partial_cmp(&b.stream_version).unwrap_or(std::cmp::Ordering::Equal));
        latest.map(|build| build.nsvc.stream.as_str())
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &Arc<Known>> {
        self.modules.get(name).into_iter().flatten()
    }
}

fn number(nsvc: &Nsvc) -> u64 {
    nsvc.version.parse().unwrap_or(0)
}
