//! What is left to choose from: for every module that is needed for certain, the candidates that may still work.
//!
//! A candidate goes when something that it requires has no candidate left. Where all candidates of a module require another module,
//! that one is needed, too, and only candidates that one of them accepts are left of it. This is repeated until nothing changes.
//! Nothing that works is ever lost by it; what is left may still not work together.

use super::pool::{Demand, Pool};

pub(super) struct Domains<'p, 'a> {
    pool: &'p Pool<'a>,
    /// By number of the module; none for modules that are not known to be needed.
    left: Vec<Option<Vec<usize>>>,
    /// What was there before each change, the last one at the end.
    before: Vec<(usize, Option<Vec<usize>>)>,
    /// Modules to look at again.
    due: Vec<usize>,
    is_due: Vec<bool>,
    /// How much work it was.
    pub steps: usize,
}

impl<'p, 'a> Domains<'p, 'a> {
    pub(super) fn new(pool: &'p Pool<'a>) -> Self {
        let modules = pool.modules.len();
        Self {
            pool,
            left: vec![None; modules],
            before: Vec::new(),
            due: Vec::new(),
            is_due: vec![false; modules],
            steps: 0,
        }
    }

    /// The candidates that are left of a module; none if it is not known to be needed.
    pub(super) fn of(&self, module: usize) -> Option<&[usize]> {
        self.left[module].as_deref()
    }

    /// All modules that are needed, with their candidates.
    pub(super) fn needed(&self) -> impl Iterator<Item = (usize, &[usize])> {
        self.left.iter().enumerate().filter_map(|(module, left)| Some((module, left.as_deref()?)))
    }

    /// The present state, for [`Domains::back_to`].
    pub(super) fn mark(&self) -> usize {
        self.before.len()
    }

    /// Undoes everything since the mark.
    pub(super) fn back_to(&mut self, mark: usize) {
        while self.before.len() > mark {
            if let Some((module, left)) = self.before.pop() {
                self.left[module] = left;
            }
        }
    }

    /// Leaves only these (in ascending order) of a module, which is needed now, and draws the conclusions. False if nothing is left
    /// of some module; then the state has to be undone.
    pub(super) fn restrict(&mut self, module: usize, allowed: &[usize]) -> bool {
        self.keep(module, allowed) && self.conclude()
    }

    fn keep(&mut self, module: usize, allowed: &[usize]) -> bool {
        let left = match &self.left[module] {
            Some(known) => common(known, allowed),
            None => allowed.to_vec(),
        };
        if self.left[module].as_ref().is_some_and(|known| known.len() == left.len()) {
            return true;
        }
        let works = !left.is_empty();
        let before = self.left[module].replace(left);
        self.before.push((module, before));
        self.look_again(module);
        for requiring in &self.pool.modules[module].required_by {
            if self.left[*requiring].is_some() {
                self.look_again(*requiring);
            }
        }
        works
    }

    fn look_again(&mut self, module: usize) {
        if !std::mem::replace(&mut self.is_due[module], true) {
            self.due.push(module);
        }
    }

    fn conclude(&mut self) -> bool {
        while let Some(module) = self.due.pop() {
            self.is_due[module] = false;
            if !self.look_at(module) {
                for module in self.due.drain(..) {
                    self.is_due[module] = false;
                }
                return false;
            }
        }
        true
    }

    fn look_at(&mut self, module: usize) -> bool {
        let known = self.left[module].as_deref().unwrap_or_default();
        let demands = |place: &usize| self.pool.items[*place].requires.iter().map(Vec::len).sum::<usize>();
        self.steps += known.iter().map(|place| 1 + demands(place)).sum::<usize>();
        let possible: Vec<usize> = known.iter().copied().filter(|place| self.is_possible(*place)).collect();
        let needed = self.needed_by_all(&possible);
        if !self.keep(module, &possible) {
            return false;
        }
        needed.into_iter().all(|(other, allowed)| self.keep(other, &allowed))
    }

    fn is_possible(&self, place: usize) -> bool {
        let requires = &self.pool.items[place].requires;
        requires.is_empty() || requires.iter().any(|alternative| self.can_be_met(alternative))
    }

    fn can_be_met(&self, alternative: &[Demand]) -> bool {
        alternative.iter().all(|demand| match &self.left[demand.module] {
            None => !demand.providers.is_empty(),
            Some(left) => left.iter().any(|place| demand.is_met_by(*place)),
        })
    }

    /// Modules that each of these requires whatever is chosen, with the candidates that one of them accepts.
    fn needed_by_all(&self, places: &[usize]) -> Vec<(usize, Vec<usize>)> {
        let alternatives = || {
            let requires = places.iter().map(|place| &self.pool.items[*place].requires);
            requires.flat_map(|requires| requires.iter().filter(|alternative| self.can_be_met(alternative)))
        };
        if places.iter().any(|place| self.pool.items[*place].requires.is_empty()) {
            return Vec::new();
        }
        let Some(first) = alternatives().next() else { return Vec::new() };
        let mut needed = Vec::new();
        for demand in first {
            let about = |alternative: &'p Vec<Demand>| alternative.iter().find(|other| other.module == demand.module);
            let Some(demands) = alternatives().map(about).collect::<Option<Vec<_>>>() else { continue };
            let mut allowed: Vec<usize> = demands.iter().flat_map(|demand| demand.providers.iter().copied()).collect();
            allowed.sort_unstable();
            allowed.dedup();
            needed.push((demand.module, allowed));
        }
        needed
    }
}

/// What is in both, which are in ascending order.
fn common(one: &[usize], other: &[usize]) -> Vec<usize> {
    let (fewer, more) = if one.len() < other.len() { (one, other) } else { (other, one) };
    fewer.iter().copied().filter(|place| more.binary_search(place).is_ok()).collect()
}
