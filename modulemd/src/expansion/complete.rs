//! What the chosen candidates require in turn.

use std::collections::BTreeMap;

use super::ExpandError;
use super::pool::Demand;
use super::solve::Search;

/// More choices inside one another than this are given up; each takes some stack.
pub(super) const MAX_DEPTH: usize = 500;

/// What is chosen so far.
#[derive(Clone, Default)]
pub(super) struct Chosen {
    /// Candidates by the number of their module.
    pub(super) places: BTreeMap<usize, usize>,
    /// Which of its alternatives is to be met, for candidates that require one of several things.
    alternatives: BTreeMap<usize, usize>,
}

/// A requirement of a chosen candidate that no chosen candidate meets, with those that could.
struct Need<'p> {
    demand: &'p Demand,
    providers: Vec<usize>,
}

/// What is left to do for the chosen candidates.
enum Left<'p> {
    Nothing,
    Impossible,
    Choose(Need<'p>),
    /// These alternatives of a candidate are possible.
    Decide(usize, Vec<usize>),
}

impl<'p> Search<'p, '_> {
    /// Adds what the chosen candidates require.
    pub(super) fn complete(&mut self, direct: &[usize]) -> Result<Option<Vec<usize>>, ExpandError> {
        let pool = self.pool;
        let mut chosen = Chosen::default();
        for place in direct {
            chosen.places.insert(pool.items[*place].module, *place);
        }
        let works = self.extend(&mut chosen)?;
        Ok(works.then(|| chosen.places.into_values().collect()))
    }

    /// Chooses until nothing is left to do; where there are several ways, tries one after the other.
    fn extend(&mut self, chosen: &mut Chosen) -> Result<bool, ExpandError> {
        loop {
            self.step()?;
            match self.left(chosen) {
                Left::Nothing => return Ok(true),
                Left::Impossible => return Ok(false),
                Left::Choose(need) => {
                    let module = need.demand.module;
                    if let [only] = need.providers[..] {
                        chosen.places.insert(module, only);
                        continue;
                    }
                    for provider in need.providers {
                        let mut next = chosen.clone();
                        next.places.insert(module, provider);
                        if self.deeper(&mut next)? {
                            *chosen = next;
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
                Left::Decide(place, possible) => {
                    for alternative in possible {
                        let mut next = chosen.clone();
                        next.alternatives.insert(place, alternative);
                        if self.deeper(&mut next)? {
                            *chosen = next;
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
            }
        }
    }

    fn deeper(&mut self, chosen: &mut Chosen) -> Result<bool, ExpandError> {
        if self.depth == MAX_DEPTH {
            return Err(ExpandError::TooComplex);
        }
        self.depth += 1;
        let works = self.extend(chosen);
        self.depth -= 1;
        works
    }

    /// What to do next: what leaves no choice comes first, then the requirements of later candidates before those of earlier
    /// ones, and of one candidate those on earlier ones. This order is the one of libsolv, and so is the result.
    fn left(&mut self, chosen: &Chosen) -> Left<'p> {
        let pool = self.pool;
        let mut places: Vec<usize> = chosen.places.values().copied().collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        let mut first: Option<Need<'p>> = None;
        let mut undecided = None;
        for place in places {
            let alternatives = pool.items[place].requires.as_slice();
            let alternative = match (alternatives, chosen.alternatives.get(&place)) {
                ([], _) => continue,
                ([only], _) => only,
                (several, Some(decided)) => &several[*decided],
                (several, None) if self.is_met(place, several, chosen) => continue,
                (several, None) => {
                    let possible = self.possible(place, several, chosen);
                    if possible.is_empty() {
                        return Left::Impossible;
                    }
                    undecided.get_or_insert((place, possible));
                    continue;
                }
            };
            let Some(mut needs) = self.needs(place, alternative, chosen) else {
                return Left::Impossible;
            };
            needs.sort_by_key(|need| need.providers.iter().min().copied());
            for need in needs {
                if need.providers.len() == 1 {
                    return Left::Choose(need);
                }
                first.get_or_insert(need);
            }
        }
        match (first, undecided) {
            (Some(need), _) => Left::Choose(need),
            (None, Some((place, possible))) => Left::Decide(place, possible),
            (None, None) => Left::Nothing,
        }
    }

    /// The alternatives that what is chosen does not exclude.
    fn possible(&mut self, place: usize, alternatives: &'p [Vec<Demand>], chosen: &Chosen) -> Vec<usize> {
        let all = alternatives.iter().enumerate();
        let possible = all.filter(|(_, alternative)| self.needs(place, alternative, chosen).is_some());
        possible.map(|(number, _)| number).collect()
    }

    /// Whether one of the alternatives is met by what is chosen.
    fn is_met(&mut self, place: usize, alternatives: &'p [Vec<Demand>], chosen: &Chosen) -> bool {
        alternatives
            .iter()
            .any(|alternative| self.needs(place, alternative, chosen).is_some_and(|needs| needs.is_empty()))
    }

    /// What is not met yet; `None` if something cannot be.
    fn needs(&mut self, requiring: usize, alternative: &'p [Demand], chosen: &Chosen) -> Option<Vec<Need<'p>>> {
        let pool = self.pool;
        let mut needs = Vec::new();
        for demand in alternative {
            if let Some(other) = chosen.places.get(&demand.module) {
                if demand.is_met_by(*other) {
                    continue;
                }
                self.note(requiring, demand, &[*other]);
                return None;
            }
            self.steps += demand.providers.len();
            if demand.providers.is_empty() {
                self.note(requiring, demand, &pool.modules[demand.module].places);
                return None;
            }
            let mut providers = Vec::new();
            for place in &demand.providers {
                match chosen.places.values().find(|other| !pool.go_together(**other, *place)) {
                    None => providers.push(*place),
                    Some(other) => self.note_conflict(*other, *place),
                }
            }
            if providers.is_empty() {
                return None;
            }
            providers.sort_unstable_by_key(|place| pool.items[*place].order);
            needs.push(Need { demand, providers });
        }
        Some(needs)
    }
}
