//! Which candidates go together.
//!
//! Of every module only one build can be in a buildroot, and what a build requires at run time has to be in it. For every choice
//! of builds for what a block buildrequires, what they require in turn is filled in, the first by name where there are several, going
//! back where that leads nowhere. Of all that work with the same streams, the one with the newest builds is kept.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::complete::MAX_DEPTH;
use super::index::KnownBuild;
use super::pool::Pool;
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

/// All combinations, in the order of the blocks and then of the streams.
pub(super) fn combinations<'a>(
    blocks: &[Streams],
    pool: &Pool<'a>,
    settings: &ExpandSettings,
) -> Result<Vec<Combination<'a>>, ExpandError> {
    let mut all = Vec::new();
    for (block, streams) in blocks.iter().enumerate() {
        if streams.is_empty() {
            // Nothing is needed to build: that is the one build then, whatever the other blocks say.
            let builds = Vec::new();
            return Ok(vec![Combination { block, builds }]);
        }
        let requirements: Vec<_> = streams
            .iter()
            .map(|(name, streams)| Requirement::new(name, streams, Relation::Equal, None, settings))
            .collect();
        let mut search = Search { pool, settings, steps: 0, depth: 0, reasons: BTreeSet::new() };
        for chosen in search.solve_block(&requirements)? {
            let mut builds: Vec<_> = chosen.iter().map(|place| pool.items[*place].build).collect();
            builds.sort_by(|a, b| a.nsvc.name.cmp(&b.nsvc.name));
            all.push(Combination { block, builds });
        }
        if all.len() > settings.max_combinations {
            return Err(ExpandError::TooMany(settings.max_combinations));
        }
    }
    Ok(all)
}

/// The search through the candidates for one dependency block.
pub(super) struct Search<'p, 'a> {
    pub(super) pool: &'p Pool<'a>,
    pub(super) settings: &'p ExpandSettings,
    pub(super) steps: usize,
    pub(super) depth: usize,
    pub(super) reasons: BTreeSet<String>,
}

/// The best solution so far for one choice of streams, with how old its builds are.
struct Best {
    age: usize,
    places: Vec<usize>,
}

impl<'p, 'a> Search<'p, 'a> {
    /// One solution for every choice of streams that works.
    fn solve_block(&mut self, requirements: &[Requirement]) -> Result<Vec<Vec<usize>>, ExpandError> {
        let providers: Vec<_> = requirements.iter().map(|r| self.pool.providers(r)).collect();
        if providers.iter().any(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let mut best: BTreeMap<Vec<&str>, Best> = BTreeMap::new();
        self.choose(&providers, &mut Vec::new(), &mut |pool, direct, places| {
            let streams = direct.iter().map(|place| pool.items[*place].build.nsvc.stream.as_str()).collect();
            let age = places.iter().map(|place| pool.items[*place].rank).sum();
            match best.entry(streams) {
                Entry::Occupied(known) if known.get().age <= age => {}
                Entry::Occupied(mut known) => *known.get_mut() = Best { age, places },
                Entry::Vacant(new) => drop(new.insert(Best { age, places })),
            }
            best.len()
        })?;
        if best.is_empty() {
            return Err(ExpandError::Conflict(std::mem::take(&mut self.reasons).into_iter().collect()));
        }
        Ok(best.into_values().map(|best| best.places).collect())
    }

    /// Goes through all choices of one provider each, and hands what works to `found`, which tells how many there are.
    fn choose(
        &mut self,
        providers: &[Vec<usize>],
        direct: &mut Vec<usize>,
        found: &mut impl FnMut(&'p Pool<'a>, &[usize], Vec<usize>) -> usize,
    ) -> Result<(), ExpandError> {
        let Some(next) = providers.get(direct.len()) else {
            if let Some(solution) = self.complete(direct)?
                && found(self.pool, direct, solution) > self.settings.max_combinations
            {
                return Err(ExpandError::TooMany(self.settings.max_combinations));
            }
            return Ok(());
        };
        if direct.len() == MAX_DEPTH {
            return Err(ExpandError::TooComplex);
        }
        for place in next {
            self.step()?;
            let excluded = direct.iter().find(|other| !self.pool.go_together(**other, *place));
            if let Some(other) = excluded.copied() {
                self.note_conflict(other, *place);
                continue;
            }
            direct.push(*place);
            self.choose(providers, direct, found)?;
            direct.pop();
        }
        Ok(())
    }

    pub(super) fn step(&mut self) -> Result<(), ExpandError> {
        self.steps += 1;
        if self.steps > self.settings.max_steps {
            return Err(ExpandError::TooComplex);
        }
        Ok(())
    }
}
