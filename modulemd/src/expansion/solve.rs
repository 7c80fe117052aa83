//! Which candidates go together.
//!
//! Of every module only one build can be in a buildroot, and what a build requires at run time has to be in it. Of a block, all
//! choices of one stream for each module that it buildrequires are gone through; after each choice `domains` drops what cannot work
//! any more, so that few choices lead nowhere. For every choice of streams that works, the newest builds are looked for, and what
//! they require in turn is filled in (`complete`), the first by name where there are several, going back where that leads nowhere.

use std::collections::{BTreeMap, BTreeSet};

use super::complete::MAX_DEPTH;
use super::domains::Domains;
use super::error::Choices;
use super::index::KnownBuild;
use super::pool::{Demand, Pool};
use super::requirement::{Relation, Requirement};
use super::{ExpandError, ExpandSettings, Streams};

/// Builds that a document can be built against together.
pub(super) struct Combination<'a> {
    /// Which dependency block of the document it is for, counted from 0.
    pub block: usize,
    /// One build of every module that is needed, also those that are only required by others, by name.
    pub builds: Vec<&'a KnownBuild>,
}

impl Combination<'_> {
    /// The streams, e.g. `gtk:1, platform:f28`.
    pub(super) fn describe(&self) -> String {
        let names: Vec<_> =
            self.builds.iter().map(|build| format!("{}:{}", build.nsvc.name, build.nsvc.stream)).collect();
        names.join(", ")
    }
}

/// What the blocks of a document ask for.
pub(super) fn demands(blocks: &[Streams], pool: &mut Pool<'_>, settings: &ExpandSettings) -> Vec<Vec<Demand>> {
    let demand = |pool: &mut Pool<'_>, (name, streams): (&String, _)| {
        pool.demand(Requirement::new(name, streams, Relation::Equal, None, settings))
    };
    blocks.iter().map(|block| block.iter().map(|required| demand(pool, required)).collect()).collect()
}

/// All combinations, in the order of the blocks and then of the streams. None of a block for which something is not there at all.
pub(super) fn combinations<'a>(
    blocks: &[Vec<Demand>],
    pool: &Pool<'a>,
    settings: &ExpandSettings,
) -> Result<Vec<Combination<'a>>, ExpandError> {
    let mut all = Vec::new();
    for (block, demands) in blocks.iter().enumerate() {
        if demands.is_empty() {
            // Nothing is needed to build: that is the one build then, whatever the other blocks say.
            let builds = Vec::new();
            return Ok(vec![Combination { block, builds }]);
        }
        let room = settings.max_combinations.saturating_sub(all.len());
        for chosen in Search::new(pool, settings, room).solve_block(demands)? {
            let mut builds: Vec<_> = chosen.iter().map(|place| pool.items[*place].build).collect();
            builds.sort_by(|a, b| a.nsvc.name.cmp(&b.nsvc.name));
            all.push(Combination { block, builds });
        }
    }
    Ok(all)
}

/// The search through the candidates for one dependency block.
pub(super) struct Search<'p, 'a> {
    pub(super) pool: &'p Pool<'a>,
    pub(super) settings: &'p ExpandSettings,
    /// More combinations than this are too many.
    room: usize,
    domains: Domains<'p, 'a>,
    pub(super) steps: usize,
    pub(super) depth: usize,
    pub(super) reasons: BTreeSet<String>,
    found: BTreeMap<Vec<&'p str>, Vec<usize>>,
}

/// The best solution so far for one choice of streams, with how old its builds are.
#[derive(Default)]
struct Best(Option<(usize, Vec<usize>)>);

impl Best {
    fn is_better_than(&self, age: usize) -> bool {
        self.0.as_ref().is_some_and(|(best, _)| *best <= age)
    }
}

impl<'p, 'a> Search<'p, 'a> {
    pub(super) fn new(pool: &'p Pool<'a>, settings: &'p ExpandSettings, room: usize) -> Self {
        let domains = Domains::new(pool);
        let (reasons, found) = (BTreeSet::new(), BTreeMap::new());
        Self { pool, settings, room, domains, steps: 0, depth: 0, reasons, found }
    }

    /// One solution for every choice of streams that works.
    fn solve_block(mut self, demands: &'p [Demand]) -> Result<Vec<Vec<usize>>, ExpandError> {
        if demands.iter().any(|demand| demand.providers.is_empty()) {
            return Ok(Vec::new());
        }
        if demands.len() > MAX_DEPTH {
            return Err(ExpandError::TooComplex);
        }
        let possible = demands.iter().all(|demand| self.domains.restrict(demand.module, &demand.providers));
        if possible {
            let before = self.domains.mark();
            let chosen = self.choose_streams(demands, &mut Vec::new());
            self.domains.back_to(before);
            chosen.map_err(|error| self.with_choices(error, demands))?;
        }
        if self.found.is_empty() {
            return Err(ExpandError::Conflict(self.why_nothing_works(demands)));
        }
        Ok(self.found.into_values().collect())
    }

    fn with_choices(&self, error: ExpandError, demands: &[Demand]) -> ExpandError {
        match error {
            ExpandError::TooMany { limit, .. } => {
                let streams = |demand: &Demand| (demand.requirement.name.clone(), self.streams_left(demand).len());
                ExpandError::TooMany { limit, choices: Choices(demands.iter().map(streams).collect()) }
            }
            other => other,
        }
    }

    /// Streams with candidates, each with these, in the order of the candidates.
    fn streams_left(&self, demand: &Demand) -> Vec<(&'p str, Vec<usize>)> {
        let mut streams: Vec<(&'p str, Vec<usize>)> = Vec::new();
        let mut numbers: BTreeMap<&'p str, usize> = BTreeMap::new();
        let pool = self.pool;
        for place in self.domains.of(demand.module).unwrap_or_default() {
            let stream = pool.items[*place].build.nsvc.stream.as_str();
            let number = *numbers.entry(stream).or_insert(streams.len());
            if number == streams.len() {
                streams.push((stream, Vec::new()));
            }
            streams[number].1.push(*place);
        }
        streams
    }

    /// Goes through all choices of one stream for each module.
    fn choose_streams(&mut self, demands: &'p [Demand], chosen: &mut Vec<&'p str>) -> Result<(), ExpandError> {
        let Some(next) = demands.get(chosen.len()) else {
            let mut best = Best::default();
            self.choose_builds(demands, &mut Vec::new(), &mut best)?;
            if let Best(Some((_, places))) = best {
                self.found.insert(chosen.clone(), places);
            }
            if self.found.len() > self.room {
                let limit = self.settings.max_combinations;
                return Err(ExpandError::TooMany { limit, choices: Choices::default() });
            }
            return Ok(());
        };
        for (stream, places) in self.streams_left(next) {
            self.step()?;
            let before = self.domains.mark();
            if self.domains.restrict(next.module, &places) {
                chosen.push(stream);
                self.choose_streams(demands, chosen)?;
                chosen.pop();
            }
            self.domains.back_to(before);
        }
        Ok(())
    }

    /// Looks for the newest builds of the chosen streams; of equally new ones the first count.
    fn choose_builds(
        &mut self,
        demands: &'p [Demand],
        direct: &mut Vec<usize>,
        best: &mut Best,
    ) -> Result<(), ExpandError> {
        if best.is_better_than(self.least_age()) {
            return Ok(());
        }
        let Some(next) = demands.get(direct.len()) else {
            if let Some(places) = self.complete(direct)? {
                let age = places.iter().map(|place| self.pool.items[*place].rank).sum();
                if !best.is_better_than(age) {
                    *best = Best(Some((age, places)));
                }
            }
            return Ok(());
        };
        for place in self.domains.of(next.module).unwrap_or_default().to_vec() {
            self.step()?;
            let before = self.domains.mark();
            if self.domains.restrict(next.module, &[place]) {
                direct.push(place);
                self.choose_builds(demands, direct, best)?;
                direct.pop();
            }
            self.domains.back_to(before);
        }
        Ok(())
    }

    /// No solution with what is left is newer than this.
    fn least_age(&self) -> usize {
        let youngest = |places: &[usize]| places.iter().map(|place| self.pool.items[*place].rank).min().unwrap_or(0);
        self.domains.needed().map(|(_, places)| youngest(places)).sum()
    }

    pub(super) fn step(&mut self) -> Result<(), ExpandError> {
        self.steps += 1;
        if self.steps + self.domains.steps > self.settings.max_steps {
            return Err(ExpandError::TooComplex);
        }
        Ok(())
    }
}
