//! The builds that a document may be built against.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::absent;
use super::base_modules::BaseModules;
use super::index::{BuildState, KnownBuild};
use super::lookup::newest;
use super::{ExpandError, ExpandSettings, Lookup, Streams};
use crate::version::stream_version;

/// Candidates of one `name:stream`.
pub(super) struct Group<'a> {
    pub name: String,
    pub stream: String,
    /// Who requires it at run time; nobody, where the document buildrequires it.
    pub required_by: Option<&'a KnownBuild>,
    pub builds: Vec<&'a KnownBuild>,
}

struct Collector<'a, 'l> {
    groups: Vec<Group<'a>>,
    known: HashMap<(String, String), usize>,
    followed: HashSet<usize>,
    /// Of every base module, by its id: its major release, and its place in that; the first are the newest.
    bases: HashMap<i64, (usize, usize)>,
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
        bases: places(&by_major(bases, settings)),
        lookup,
        settings,
    };
    for base in &bases.ready {
        let group = collector.group(&base.nsvc.name, &base.nsvc.stream, None);
        collector.groups[group].builds.push(base);
    }
    for block in blocks {
        collector.add(block, None);
    }
    for group in 0..collector.groups.len() {
        collector.follow(group)?;
    }
    match collector.groups.iter().find(|group| group.builds.is_empty()) {
        Some(group) => Err(absent::no_builds(group, lookup, settings)),
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

fn places(majors: &[Vec<&KnownBuild>]) -> HashMap<i64, (usize, usize)> {
    let numbered = |(major, builds): (usize, &Vec<&KnownBuild>)| {
        let place = |(place, build): (usize, &&KnownBuild)| (build.id, (major, place));
        builds.iter().enumerate().map(place).collect::<Vec<_>>()
    };
    majors.iter().enumerate().flat_map(numbered).collect()
}

impl<'a> Collector<'a, '_> {
    /// The group of a stream, which may be new and empty.
    fn group(&mut self, name: &str, stream: &str, required_by: Option<&'a KnownBuild>) -> usize {
        let next = self.groups.len();
        let group = *self.known.entry((name.to_owned(), stream.to_owned())).or_insert(next);
        if group == next {
            let (name, stream) = (name.to_owned(), stream.to_owned());
            self.groups.push(Group { name, stream, required_by, builds: Vec::new() });
        }
        group
    }

    /// Adds what is required, except base modules; returns the groups.
    fn add(&mut self, requires: &Streams, required_by: Option<&'a KnownBuild>) -> Vec<usize> {
        let base_names = &self.settings.base_module_names;
        let mut groups = Vec::new();
        for (name, streams) in requires.iter().filter(|(name, _)| !base_names.contains(name)) {
            // All names are asked for in the same round, also those without a stream.
            self.lookup.rows(name);
            for stream in streams {
                let known = self.groups.len();
                let group = self.group(name, stream, required_by);
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
        let mut by_major: BTreeMap<usize, (usize, Vec<&KnownBuild>)> = BTreeMap::new();
        for build in self.lookup.builds_of_stream(name, stream, BuildState::Ready) {
            for (major, place) in build.base_modules.iter().filter_map(|base| self.bases.get(base)) {
                let (newest, builds) = by_major.entry(*major).or_insert((*place, Vec::new()));
                if place < newest {
                    (*newest, *builds) = (*place, Vec::new());
                }
                if place == newest {
                    builds.push(build);
                }
            }
        }
        let mut found: Vec<&KnownBuild> = Vec::new();
        for build in by_major.into_values().flat_map(|(_, builds)| newest(builds.into_iter())) {
            if found.iter().all(|known| known.id != build.id) {
                found.push(build);
            }
        }
        found
    }

    /// Adds what the builds of a group require at run time, and what these require, depth first.
    fn follow(&mut self, start: usize) -> Result<(), ExpandError> {
        let mut steps = vec![Step::Group(start)];
        while let Some(step) = steps.pop() {
            let next: Vec<Step<'a>> = match step {
                Step::Group(group) if !self.followed.insert(group) => Vec::new(),
                Step::Group(group) => {
                    let builds = self.groups[group].builds.iter().copied();
                    let documents = builds.filter_map(|build| Some((build, self.lookup.document(build)?)));
                    let blocks = documents.flat_map(|(build, document)| {
                        document.dependencies.iter().map(move |block| Step::Requires(build, &block.requires))
                    });
                    let blocks: Vec<_> = blocks.collect();
                    if group == start {
                        self.refuse_choices(&blocks)?;
                    }
                    blocks
                }
                Step::Requires(build, requires) => {
                    let groups = self.add(requires, Some(build));
                    groups.into_iter().map(Step::Group).collect()
                }
            };
            steps.extend(next.into_iter().rev());
        }
        Ok(())
    }

    /// What buildrequired modules require may leave no choice either, where none is allowed.
    fn refuse_choices(&self, blocks: &[Step<'a>]) -> Result<(), ExpandError> {
        let required = blocks.iter().flat_map(|step| match step {
            Step::Requires(_, requires) => requires.iter().collect::<Vec<_>>(),
            Step::Group(_) => Vec::new(),
        });
        let decided = |name: &String| {
            self.settings.base_module_names.contains(name) || self.settings.default_streams.contains_key(name)
        };
        let mut choices = required.filter(|(name, streams)| streams.len() > 1 && !decided(name));
        match choices.next().filter(|_| self.settings.refuse_choices) {
            None => Ok(()),
            Some((name, streams)) => {
                Err(ExpandError::Choice { name: name.clone(), streams: streams.iter().cloned().collect() })
            }
        }
    }
}

enum Step<'a> {
    Group(usize),
    Requires(&'a KnownBuild, &'a Streams),
}
