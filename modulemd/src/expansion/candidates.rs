//! The builds that a document may be built against.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::base_modules::BaseModules;
use super::index::{BuildState, KnownBuild};
use super::lookup::version;
use super::{ExpandError, ExpandSettings, Lookup, Streams};
use crate::version::stream_version;

/// Candidates of one `name:stream`.
pub(super) struct Group<'a> {
    pub name: String,
    pub stream: String,
    pub builds: Vec<&'a KnownBuild>,
}

struct Collector<'a, 'l> {
    groups: Vec<Group<'a>>,
    known: HashMap<(String, String), usize>,
    followed: HashSet<usize>,
    bases: Vec<Vec<&'a KnownBuild>>,
    lookup: &'l Lookup<'a>,
    settings: &'l ExpandSettings,
}

/// The base modules, the builds of everything that is buildrequired, and of what these require at run time, in a fixed order.
pub(super) fn collect<'a>(
    blocks: &[Streams],
    bases: &BaseModules<'a>,
    lookup: &Lookup<'a>,
    settings: &ExpandSettings,
) -> Result<Vec<Group<'a>>, ExpandError> {
    let mut collector = Collector {
        groups: Vec::new(),
        known: HashMap::new(),
        followed: HashSet::new(),
        bases: by_major(bases, settings),
        lookup,
        settings,
    };
    for base in &bases.ready {
        let group = collector.group(&base.nsvc.name, &base.nsvc.stream);
        collector.groups[group].builds.push(base);
    }
    for block in blocks {
        collector.add(block);
    }
    for group in 0..collector.groups.len() {
        collector.follow(group);
    }
    match collector.groups.iter().find(|group| group.builds.is_empty()) {
        Some(group) => Err(ExpandError::NoBuilds(format!("{}:{}", group.name, group.stream))),
        None => Ok(collector.groups),
    }
}

/// Base modules by major release, in each the newest stream first; the newest major release first.
fn by_major<'a>(bases: &BaseModules<'a>, settings: &ExpandSettings) -> Vec<Vec<&'a KnownBuild>> {
    let number = |build: &KnownBuild| {
        let number = stream_version(&build.nsvc.stream, &settings.stream_suffixes);
        number.unwrap_or(0.0).floor()
    };
    let mut majors: BTreeMap<u64, Vec<&KnownBuild>> = BTreeMap::new();
    for build in bases.ready.iter().chain(&bases.garbage) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates; such streams share a major release"
        )]
        let major = (number(build) / 10_000.0).floor() as u64;
        majors.entry(major).or_default().push(build);
    }
    for builds in majors.values_mut() {
        builds.sort_by(|a, b| number(b).total_cmp(&number(a)));
    }
    majors.into_values().rev().collect()
}

impl<'a> Collector<'a, '_> {
    /// The group of a stream, which may be new and empty.
    fn group(&mut self, name: &str, stream: &str) -> usize {
        let next = self.groups.len();
        let group = *self.known.entry((name.to_owned(), stream.to_owned())).or_insert(next);
        if group == next {
            self.groups.push(Group { name: name.to_owned(), stream: stream.to_owned(), builds: Vec::new() });
        }
        group
    }

    /// Adds what is required, except base modules; returns the groups.
    fn add(&mut self, requires: &Streams) -> Vec<usize> {
        let base_names = &self.settings.base_module_names;
        let mut groups = Vec::new();
        for (name, streams) in requires.iter().filter(|(name, _)| !base_names.contains(name)) {
            // All names are asked for in the same round, also those without a stream.
            self.lookup.rows(name);
            for stream in streams {
                let known = self.groups.len();
                let group = self.group(name, stream);
                if group == known {
                    self.groups[group].builds = self.builds(name, stream);
                }
                groups.push(group);
            }
        }
        groups
    }

    /// The newest builds for each major release of the base module: those for its newest stream that has any.
    fn builds(&self, name: &str, stream: &str) -> Vec<&'a KnownBuild> {
        let mut found: Vec<&KnownBuild> = Vec::new();
        for major in &self.bases {
            let builds = major.iter().map(|base| self.built_against(name, stream, base));
            for build in builds.into_iter().find(|builds| !builds.is_empty()).unwrap_or_default() {
                if found.iter().all(|known| known.id != build.id) {
                    found.push(build);
                }
            }
        }
        found
    }

    fn built_against(&self, name: &str, stream: &str, base: &KnownBuild) -> Vec<&'a KnownBuild> {
        let mut builds: Vec<_> = self
            .lookup
            .builds(name, BuildState::Ready)
            .filter(|build| build.nsvc.stream == stream && build.base_modules.contains(&base.id))
            .collect();
        builds.sort_by_key(|build| std::cmp::Reverse(version(build)));
        let newest = builds.first().map(|build| build.nsvc.version.clone());
        builds.retain(|build| Some(&build.nsvc.version) == newest.as_ref());
        builds
    }

    /// Adds what the builds of a group require at run time, and what these require, depth first.
    fn follow(&mut self, start: usize) {
        let mut steps = vec![Step::Group(start)];
        while let Some(step) = steps.pop() {
            let next: Vec<Step<'a>> = match step {
                Step::Group(group) if !self.followed.insert(group) => Vec::new(),
                Step::Group(group) => {
                    let builds = self.groups[group].builds.iter();
                    let documents = builds.filter_map(|build| self.lookup.document(build));
                    let blocks = documents.flat_map(|document| &document.dependencies);
                    blocks.map(|block| Step::Requires(&block.requires)).collect()
                }
                Step::Requires(requires) => {
                    let groups = self.add(requires);
                    groups.into_iter().map(Step::Group).collect()
                }
            };
            steps.extend(next.into_iter().rev());
        }
    }
}

enum Step<'a> {
    Group(usize),
    Requires(&'a Streams),
}
