//! Candidates with what each offers and requires.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

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
#[derive(Default)]
pub(super) struct Pool<'a> {
    pub items: Vec<Item<'a>>,
    /// Modules by number: every one that has candidates or is required.
    pub modules: Vec<Module>,
    numbers: HashMap<String, usize>,
    /// Candidates by the number of the module and a stream that they offer.
    offering: HashMap<(usize, String), Vec<usize>>,
}

/// One candidate.
pub(super) struct Item<'a> {
    pub build: &'a KnownBuild,
    /// Number of its module.
    pub module: usize,
    offers: Vec<OfferedStream>,
    /// Alternatives, one of which has to be met as a whole; none where nothing is required.
    pub requires: Vec<Vec<Demand>>,
    /// Its place among the candidates of its stream, the newest version first.
    pub rank: usize,
    /// Its place among all candidates sorted by `name:stream:version:context`.
    pub order: usize,
}

/// A module.
#[derive(Default)]
pub(super) struct Module {
    pub name: String,
    /// Its candidates.
    pub places: Vec<usize>,
    /// Modules with candidates that require this one.
    pub required_by: BTreeSet<usize>,
}

/// A requirement with the candidates that meet it.
pub(super) struct Demand {
    pub requirement: Requirement,
    /// Number of the module.
    pub module: usize,
    /// In their order.
    pub providers: Vec<usize>,
}

impl Demand {
    /// Whether a candidate of this module meets it.
    pub(super) fn is_met_by(&self, place: usize) -> bool {
        self.providers.binary_search(&place).is_ok()
    }
}

impl<'a> Pool<'a> {
    pub(super) fn new(groups: &[Group<'a>], lookup: &Lookup<'a>, settings: &ExpandSettings) -> Self {
        let mut pool = Self::default();
        for group in groups {
            pool.add(group, lookup, settings);
        }
        pool.put_in_order();
        for place in 0..pool.items.len() {
            let Some(document) = lookup.document(pool.items[place].build) else { continue };
            let requires = pool.requires(document, settings);
            let module = pool.items[place].module;
            for demand in requires.iter().flatten() {
                pool.modules[demand.module].required_by.insert(module);
            }
            pool.items[place].requires = requires;
        }
        pool
    }

    fn add(&mut self, group: &Group<'a>, lookup: &Lookup<'a>, settings: &ExpandSettings) {
        let mut by_version: Vec<_> = group.builds.iter().map(|build| (Reverse(version(build)), build.id)).collect();
        by_version.sort_by_key(|(version, _)| *version);
        let ranks: HashMap<i64, usize> = by_version.iter().enumerate().map(|(rank, (_, id))| (*id, rank)).collect();
        let module = self.number(&group.name);
        for build in &group.builds {
            let place = self.items.len();
            let offers = offers(build, lookup, settings);
            self.modules[module].places.push(place);
            let streams: BTreeSet<&String> = offers.iter().map(|offer| &offer.stream).collect();
            for stream in streams {
                self.offering.entry((module, stream.clone())).or_default().push(place);
            }
            let rank = ranks.get(&build.id).copied().unwrap_or(0);
            self.items.push(Item { build, module, offers, requires: Vec::new(), rank, order: 0 });
        }
    }

    fn put_in_order(&mut self) {
        let identities: Vec<String> = self.items.iter().map(|item| item.build.nsvc.to_string()).collect();
        let mut places: Vec<usize> = (0..self.items.len()).collect();
        places.sort_by(|a, b| identities[*a].cmp(&identities[*b]));
        for (order, place) in places.into_iter().enumerate() {
            self.items[place].order = order;
        }
    }

    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.modules.len();
        self.modules.push(Module { name: name.to_owned(), ..Module::default() });
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// A requirement, and who meets it.
    pub(super) fn demand(&mut self, requirement: Requirement) -> Demand {
        let module = self.number(&requirement.name);
        let mut providers: Vec<usize> = match requirement.stream_names() {
            None => self.modules[module].places.clone(),
            Some(streams) => {
                let key = |stream: &str| (module, stream.to_owned());
                let offering = streams.filter_map(|stream| self.offering.get(&key(stream))).flatten().copied();
                offering.filter(|place| requirement.is_met_by(&self.items[*place].offers)).collect()
            }
        };
        providers.sort_unstable();
        providers.dedup();
        Demand { requirement, module, providers }
    }

    /// `name:stream:version:context` of a candidate.
    pub(super) fn identity(&self, place: usize) -> String {
        self.items[place].build.nsvc.to_string()
    }

    /// Whether these two do not exclude each other by what they require.
    pub(super) fn go_together(&self, a: usize, b: usize) -> bool {
        self.accepts(a, b) && self.accepts(b, a)
    }

    fn accepts(&self, requiring: usize, other: usize) -> bool {
        let module = self.items[other].module;
        let requires = &self.items[requiring].requires;
        let meets = |alternative: &Vec<Demand>| {
            let mut about = alternative.iter().filter(|demand| demand.module == module);
            about.all(|demand| demand.is_met_by(other))
        };
        requires.is_empty() || requires.iter().any(meets)
    }

    /// What a build requires at run time. Of base modules it was built against a certain stream, which sets the least number.
    fn requires(&mut self, document: &ModuleStream, settings: &ExpandSettings) -> Vec<Vec<Demand>> {
        let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires"));
        let built_against = |name: &str| {
            let is_base = settings.base_module_names.iter().any(|base| base == name);
            let details = buildrequires.filter(|_| is_base)?.get(name)?;
            details.get("stream").and_then(Node::as_str)
        };
        let mut alternative = |streams: &Streams| {
            let demand = |(name, streams): (&String, _)| {
                self.demand(Requirement::new(name, streams, Relation::AtLeast, built_against(name), settings))
            };
            streams.iter().map(demand).collect()
        };
        let blocks = document.dependencies.iter().map(|block| &block.requires);
        blocks.filter(|requires| !requires.is_empty()).map(&mut alternative).collect()
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
