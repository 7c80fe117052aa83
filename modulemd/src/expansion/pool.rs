//! Candidates with what each offers and requires.

use std::collections::HashMap;

use super::base_modules::{float, virtual_streams};
use super::candidates::Group;
use super::index::KnownBuild;
use super::lookup::version;
use super::requirement::{OfferedStream, Relation, Requirement};
use super::{ExpandSettings, Lookup, Streams};
use crate::ModuleStream;
use crate::version::version_prefix;
use crate::yaml::Node;

/// All candidates in a fixed order; where nothing else decides, the earlier one is taken.
pub(super) struct Pool<'a> {
    pub items: Vec<Item<'a>>,
    by_name: HashMap<&'a str, Vec<usize>>,
}

/// One candidate.
pub(super) struct Item<'a> {
    pub build: &'a KnownBuild,
    offers: Vec<OfferedStream>,
    /// Alternatives, one of which has to be met as a whole; none where nothing is required.
    pub requires: Vec<Vec<Requirement>>,
    /// Its place among the candidates of its stream, the newest version first.
    pub rank: usize,
}

impl<'a> Pool<'a> {
    pub(super) fn new(groups: &[Group<'a>], lookup: &Lookup<'a>, settings: &ExpandSettings) -> Self {
        let mut pool = Self { items: Vec::new(), by_name: HashMap::new() };
        for group in groups {
            let mut by_version: Vec<_> = group.builds.iter().map(|build| build.id).collect();
            let newest_first = |id: &i64| {
                let build = group.builds.iter().find(|build| build.id == *id);
                std::cmp::Reverse(build.map(|build| version(build)))
            };
            by_version.sort_by_key(newest_first);
            for build in &group.builds {
                let rank = by_version.iter().position(|id| *id == build.id);
                let place = pool.items.len();
                pool.by_name.entry(&build.nsvc.name).or_default().push(place);
                pool.items.push(item(build, rank.unwrap_or(0), lookup, settings));
            }
        }
        pool
    }

    /// Candidates that meet a requirement, the preferred one first.
    pub(super) fn providers(&self, requirement: &Requirement) -> Vec<usize> {
        let named = self.named(&requirement.name).iter().copied();
        named.filter(|place| self.meets(*place, requirement)).collect()
    }

    /// All candidates of a module.
    pub(super) fn named(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a candidate meets a requirement on a module of its name.
    pub(super) fn meets(&self, place: usize, requirement: &Requirement) -> bool {
        requirement.is_met_by(&self.items[place].offers)
    }

    /// Whether these two do not exclude each other by what they require.
    pub(super) fn go_together(&self, a: usize, b: usize) -> bool {
        self.accepts(a, b) && self.accepts(b, a)
    }

    fn accepts(&self, requiring: usize, other: usize) -> bool {
        let name = &self.items[other].build.nsvc.name;
        let requires = &self.items[requiring].requires;
        let meets = |alternative: &Vec<Requirement>| {
            let about = alternative.iter().filter(|requirement| requirement.name == *name);
            about.into_iter().all(|requirement| self.meets(other, requirement))
        };
        requires.is_empty() || requires.iter().any(meets)
    }
}

fn item<'a>(build: &'a KnownBuild, rank: usize, lookup: &Lookup<'a>, settings: &ExpandSettings) -> Item<'a> {
    let document = lookup.document(build);
    Item {
        build,
        offers: offers(build, lookup, settings),
        requires: document.map(|document| requires(document, settings)).unwrap_or_default(),
        rank,
    }
}

/// Base modules offer their stream and their virtual streams under the number of the stream, others their stream only.
fn offers(build: &KnownBuild, lookup: &Lookup<'_>, settings: &ExpandSettings) -> Vec<OfferedStream> {
    let nsvc = &build.nsvc;
    let mut streams = vec![nsvc.stream.as_str()];
    let mut version = nsvc.version.clone();
    if settings.base_module_names.contains(&nsvc.name) {
        streams.extend(virtual_streams(build, lookup));
        let number = version_prefix(&nsvc.stream, &settings.stream_suffixes);
        if let Some(number) = number.filter(|number| *number != 0.0) {
            version = float(number);
        }
    }
    let offer = |stream: &str| OfferedStream { stream: stream.to_owned(), version: version.clone() };
    streams.into_iter().map(offer).collect()
}

/// What a build requires at run time. Of base modules it was built against a certain stream, which sets the least number.
fn requires(document: &ModuleStream, settings: &ExpandSettings) -> Vec<Vec<Requirement>> {
    let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires"));
    let built_against = |name: &str| {
        let is_base = settings.base_module_names.iter().any(|base| base == name);
        let details = buildrequires.filter(|_| is_base)?.get(name)?;
        details.get("stream").and_then(Node::as_str)
    };
    let alternative = |streams: &Streams| {
        let requirement = |(name, streams): (&String, _)| {
            Requirement::new(name, streams, Relation::AtLeast, built_against(name), settings)
        };
        streams.iter().map(requirement).collect()
    };
    let blocks = document.dependencies.iter().map(|block| &block.requires);
    blocks.filter(|requires| !requires.is_empty()).map(alternative).collect()
}
