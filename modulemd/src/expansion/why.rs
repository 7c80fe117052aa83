//! Why a block cannot be built at all: the fewest of its buildrequires that do not work together, and who requires what.

use std::collections::BTreeSet;

use super::complete::MAX_DEPTH;
use super::domains::Domains;
use super::pool::{Demand, Pool};
use super::reasons::MAX_REASONS;
use super::solve::Search;

/// Requirements of requirements are followed this far.
const DEEPEST: usize = 5;
/// Builds that are named for one stream; others of it are mostly like them.
const MAX_BUILDS: usize = 3;

impl Search<'_, '_> {
    /// Sentences for a block for which the search found nothing.
    pub(super) fn why_nothing_works(&mut self, demands: &[Demand]) -> Vec<String> {
        let all: Vec<&Demand> = demands.iter().collect();
        if let Some(reasons) = why_not_together(self.pool, &all, DEEPEST) {
            return reasons.into_iter().collect();
        }
        let names: Vec<String> = demands.iter().map(|demand| demand.requirement.to_string()).collect();
        let mut reasons = vec![format!("no builds of {} work together", names.join(", "))];
        reasons.extend(std::mem::take(&mut self.reasons));
        reasons
    }
}

/// Why these exclude one another; `None` if that cannot be seen without trying.
fn why_not_together(pool: &Pool<'_>, demands: &[&Demand], depth: usize) -> Option<BTreeSet<String>> {
    if let Some(demand) = demands.iter().find(|demand| demand.providers.is_empty()) {
        let instead = pool.instead(&pool.modules[demand.module].places);
        return Some(BTreeSet::from([format!("{} is needed, but {instead}", demand.requirement)]));
    }
    if left_of(pool, demands).is_some() {
        return None;
    }
    match fewest(pool, demands).as_slice() {
        [alone] => why_impossible(pool, alone, depth),
        several => Some(clash(pool, several)),
    }
}

/// What is left where these are needed; `None` if nothing is.
fn left_of<'p, 'a>(pool: &'p Pool<'a>, demands: &[&Demand]) -> Option<Domains<'p, 'a>> {
    let mut domains = Domains::new(pool);
    let works = demands.iter().all(|demand| domains.restrict(demand.module, &demand.providers));
    works.then_some(domains)
}

/// Those that already exclude one another, and none that could be left out.
fn fewest<'d>(pool: &Pool<'_>, demands: &[&'d Demand]) -> Vec<&'d Demand> {
    let mut fewest = demands.to_vec();
    let mut next = 0;
    while next < fewest.len() && demands.len() <= MAX_DEPTH {
        let mut others = fewest.clone();
        others.remove(next);
        if left_of(pool, &others).is_none() { fewest = others } else { next += 1 }
    }
    fewest
}

/// No candidate for this can be used, whatever else is needed.
fn why_impossible(pool: &Pool<'_>, demand: &Demand, depth: usize) -> Option<BTreeSet<String>> {
    let places = demand.providers.iter().take(MAX_BUILDS).filter(|_| depth > 0);
    let alternatives = places.flat_map(|place| pool.items[*place].requires.iter().map(|needed| (*place, needed)));
    let reasons: BTreeSet<String> =
        alternatives.flat_map(|(place, needed)| why_not_met(pool, place, needed, depth - 1)).collect();
    (!reasons.is_empty()).then_some(reasons)
}

/// Why a candidate cannot have what it requires.
fn why_not_met(pool: &Pool<'_>, place: usize, alternative: &[Demand], depth: usize) -> Vec<String> {
    let identity = pool.identity(place);
    if let Some(reason) = unmet(pool, place, alternative) {
        return vec![reason];
    }
    let needed: Vec<&Demand> = alternative.iter().collect();
    if let Some(reasons) = why_not_together(pool, &needed, depth) {
        return reasons.into_iter().map(|why| format!("for {identity}, {why}")).collect();
    }
    let module = pool.items[place].module;
    let itself = needed.iter().find_map(|demand| {
        let domains = left_of(pool, &[demand])?;
        let left = domains.of(module)?;
        (!left.contains(&place)).then(|| side(pool, demand, &domains, module))
    });
    itself.into_iter().map(|other| format!("{identity} requires another stream of itself: {other}")).collect()
}

/// A requirement that nothing can meet.
fn unmet(pool: &Pool<'_>, requiring: usize, alternative: &[Demand]) -> Option<String> {
    let nothing = |demand: &&Demand| demand.providers.is_empty();
    let demand = alternative.iter().find(nothing)?;
    let instead = pool.instead(&pool.modules[demand.module].places);
    Some(format!("{} requires {}, but {instead}", pool.identity(requiring), demand.requirement))
}

/// Each of these works alone.
fn clash(pool: &Pool<'_>, demands: &[&Demand]) -> BTreeSet<String> {
    let names: Vec<String> = demands.iter().map(|demand| demand.requirement.to_string()).collect();
    let exclude =
        format!("{} exclude {}", names.join(" and "), if names.len() == 2 { "each other" } else { "one another" });
    let alone: Vec<Domains<'_, '_>> = demands.iter().filter_map(|demand| left_of(pool, &[demand])).collect();
    for (number, one) in alone.iter().enumerate() {
        for (other_number, other) in alone.iter().enumerate().skip(number + 1) {
            if let Some(module) = contested(one, other) {
                let sides = [(demands[number], one), (demands[other_number], other)];
                let sides = sides.map(|(demand, domains)| side(pool, demand, domains, module));
                let name = &pool.modules[module].name;
                let reason = format!("{exclude}: {}; there can be one stream of {name} only", sides.join(", but "));
                return BTreeSet::from([reason]);
            }
        }
    }
    BTreeSet::from([exclude])
}

/// A module that both need, and never the same build of it.
fn contested(one: &Domains<'_, '_>, other: &Domains<'_, '_>) -> Option<usize> {
    let mut needed = one.needed();
    let apart = |(module, left): (usize, &[usize])| {
        let theirs = other.of(module)?;
        left.iter().all(|place| !theirs.contains(place)).then_some(module)
    };
    needed.find_map(apart)
}

/// Who requires the module, and in which streams.
fn side(pool: &Pool<'_>, demand: &Demand, domains: &Domains<'_, '_>, module: usize) -> String {
    if demand.module == module {
        return format!("{} is needed directly", demand.requirement);
    }
    let mut requiring = Vec::new();
    for (_, places) in domains.needed() {
        for place in places {
            let mut about = pool.items[*place].requires.iter().flatten().filter(|other| other.module == module);
            if let Some(other) = about.next() {
                requiring.push(format!("{} requires {}", pool.identity(*place), other.requirement));
            }
        }
    }
    requiring.truncate(MAX_BUILDS);
    if requiring.is_empty() { demand.requirement.to_string() } else { requiring.join(" and ") }
}

impl Pool<'_> {
    /// What there is of something, where it is not what is needed.
    pub(super) fn instead(&self, places: &[usize]) -> String {
        let known: Vec<_> = places.iter().take(MAX_REASONS).map(|place| self.identity(*place)).collect();
        match known.as_slice() {
            [] => "no build of it can be used".to_owned(),
            known => format!("only {} can be used", known.join(", ")),
        }
    }
}
