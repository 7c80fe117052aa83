//! Which builds of other modules go together.
//!
//! Of every module only one stream can be in a buildroot. For every choice of one stream for each buildrequired module, the first
//! set of builds is taken that agrees with itself: what a build requires at run time is in the set, in a stream that it allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ExpandError, Index, Known, Settings};
use crate::ModuleStream;
use crate::stream::Dependencies;

/// Chosen builds by module name.
pub type Chosen = BTreeMap<String, Arc<Known>>;

/// The blocks of dependencies with `-stream` and "any stream" replaced by the streams that exist.
pub fn expanded_blocks(document: &ModuleStream, index: &Index) -> Result<Vec<Dependencies>, ExpandError> {
    let asked_for = document.dependencies.iter().flat_map(|block| block.buildrequires.keys());
    let open = document.dependencies.iter().flat_map(|block| &block.requires).filter(|(_, streams)| is_open(streams));
    let missing: BTreeSet<String> =
        asked_for.chain(open.map(|(name, _)| name)).filter(|name| !index.was_asked(name)).cloned().collect();
    if !missing.is_empty() {
        return Err(ExpandError::Missing(missing));
    }
    let expand = |all: &BTreeMap<String, BTreeSet<String>>| {
        all.iter().map(|(name, streams)| (name.clone(), expanded(name, streams, index))).collect()
    };
    let blocks = document
        .dependencies
        .iter()
        .map(|block| Dependencies { buildrequires: expand(&block.buildrequires), requires: expand(&block.requires) });
    Ok(blocks.collect())
}

fn is_open(streams: &BTreeSet<String>) -> bool {
    streams.is_empty() || streams.iter().any(|stream| stream.starts_with('-'))
}

fn expanded(name: &str, streams: &BTreeSet<String>, index: &Index) -> BTreeSet<String> {
    if !is_open(streams) {
        return streams.clone();
    }
    let excluded: BTreeSet<&str> = streams.iter().filter_map(|stream| stream.strip_prefix('-')).collect();
    let named = streams.iter().filter(|stream| !stream.starts_with('-')).cloned();
    let existing = index.streams(name).into_iter().filter(|stream| !excluded.contains(stream.as_str()));
    named.chain(existing).collect()
}

/// All sets of builds that one block can be built against.
pub fn combinations(block: &Dependencies, index: &Index, settings: &Settings) -> Result<Vec<Chosen>, ExpandError> {
    check_base_modules(block, index, settings)?;
    check_builds(block, index, settings)?;
    let mut choices: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
    for (name, streams) in &block.buildrequires {
        let with = |choice: &Vec<_>, stream| {
            let mut longer = choice.clone();
            longer.push((name.as_str(), stream));
            longer
        };
        choices =
            choices.iter().flat_map(|choice| streams.iter().map(move |stream| with(choice, stream.as_str()))).collect();
        if choices.len() > settings.max_combinations {
            return Err(ExpandError::TooMany(settings.max_combinations));
        }
    }
    let mut missing = BTreeSet::new();
    let mut solver = Solver { index, settings, missing: &mut missing, why: Vec::new() };
    let combinations: Vec<Chosen> = choices.iter().filter_map(|choice| solver.solve(choice)).collect();
    let why = std::mem::take(&mut solver.why);
    match (missing.is_empty(), combinations.is_empty()) {
        (false, _) => Err(ExpandError::Missing(missing)),
        (true, true) => Err(ExpandError::Conflict(why.join(" "))),
        (true, false) => Ok(combinations),
    }
}

fn check_base_modules(block: &Dependencies, index: &Index, settings: &Settings) -> Result<(), ExpandError> {
    let mut missing = Vec::new();
    for name in &settings.base_module_names {
        for stream in block.buildrequires.get(name).into_iter().flatten() {
            if !index.builds(name, stream).is_empty() {
                return Ok(());
            }
            missing.push(format!("{name}:{stream}"));
        }
    }
    Err(ExpandError::NoBaseModule { choices: settings.base_module_names.join(" or "), missing })
}

fn check_builds(block: &Dependencies, index: &Index, settings: &Settings) -> Result<(), ExpandError> {
    for (name, streams) in &block.buildrequires {
        let unknown = streams.iter().find(|stream| index.builds(name, stream).is_empty());
        match unknown {
            Some(_) if settings.base_module_names.contains(name) => {}
            Some(stream) => return Err(ExpandError::NoBuilds(format!("{name}:{stream}"))),
            None => {}
        }
    }
    Ok(())
}

struct Solver<'a> {
    index: &'a Index,
    settings: &'a Settings,
    missing: &'a mut BTreeSet<String>,
    why: Vec<String>,
}

impl Solver<'_> {
    fn solve(&mut self, choice: &[(&str, &str)]) -> Option<Chosen> {
        let wanted: BTreeMap<String, BTreeSet<String>> =
            choice.iter().map(|(name, stream)| ((*name).to_owned(), BTreeSet::from([(*stream).to_owned()]))).collect();
        let solved = self.extend(&Chosen::new(), &wanted);
        if solved.is_none() {
            let names: Vec<_> = choice.iter().map(|(name, stream)| format!("{name}:{stream}")).collect();
            self.why.push(format!("Not together: {}.", names.join(", ")));
        }
        solved
    }

    /// Takes the first wanted module that is not chosen, tries its builds, and goes on with what they require.
    fn extend(&mut self, chosen: &Chosen, wanted: &BTreeMap<String, BTreeSet<String>>) -> Option<Chosen> {
        let conflict = wanted.iter().any(|(name, streams)| {
            chosen.get(name).is_some_and(|build| !streams.is_empty() && !streams.contains(&build.nsvc.stream))
        });
        if conflict {
            return None;
        }
        let Some((name, streams)) = wanted.iter().find(|(name, _)| !chosen.contains_key(*name)) else {
            return Some(chosen.clone());
        };
        if !self.index.was_asked(name) {
            self.missing.insert(name.clone());
            return None;
        }
        let streams = if is_open(streams) { expanded(name, streams, self.index) } else { streams.clone() };
        for stream in streams.iter().rev() {
            for build in self.index.builds(name, stream).into_iter().cloned().collect::<Vec<_>>() {
                let mut chosen = chosen.clone();
                let Some(wanted) = self.with_requires(&build, wanted) else { continue };
                chosen.insert(name.clone(), build);
                if let Some(solved) = self.extend(&chosen, &wanted) {
                    return Some(solved);
                }
            }
        }
        None
    }

    /// What is wanted together with what this build requires; `None` if that contradicts.
    fn with_requires(
        &self,
        build: &Known,
        wanted: &BTreeMap<String, BTreeSet<String>>,
    ) -> Option<BTreeMap<String, BTreeSet<String>>> {
        let mut wanted = wanted.clone();
        let is_base = self.settings.base_module_names.contains(&build.nsvc.name);
        let blocks = build.document.dependencies.iter().filter(|_| !is_base);
        for (name, streams) in blocks.flat_map(|block| &block.requires) {
            if self.settings.base_module_names.contains(name) && !streams.is_empty() {
                // A module that runs on another base module cannot be part of this buildroot.
                let base = wanted.get(name)?;
                if base.is_disjoint(streams) {
                    return None;
                }
                continue;
            }
            let entry = wanted.entry(name.clone()).or_insert_with(|| streams.clone());
            if entry.is_empty() {
                entry.clone_from(streams);
            } else if !streams.is_empty() {
                *entry = entry.intersection(streams).cloned().collect();
                if entry.is_empty() {
                    return None;
                }
            }
        }
        Some(wanted)
    }
}
