//! What the search saw go wrong, in words.

use super::pool::Demand;
use super::solve::Search;

/// More than this does not help anybody.
pub(super) const MAX_REASONS: usize = 10;

impl Search<'_, '_> {
    /// One of two candidates requires what the other is not.
    pub(super) fn note_conflict(&mut self, a: usize, b: usize) {
        if self.reasons.len() >= MAX_REASONS {
            return;
        }
        for (requiring, other) in [(a, b), (b, a)] {
            let pool = self.pool;
            let module = pool.items[other].module;
            let demands = pool.items[requiring].requires.iter().flatten();
            for demand in demands.filter(|demand| demand.module == module) {
                if !demand.is_met_by(other) {
                    self.note(requiring, demand, &[other]);
                }
            }
        }
    }

    /// A candidate requires something, and `instead` is what there is.
    pub(super) fn note(&mut self, requiring: usize, demand: &Demand, instead: &[usize]) {
        if self.reasons.len() < MAX_REASONS {
            let requiring = self.pool.identity(requiring);
            let instead = self.pool.instead(instead);
            self.reasons.insert(format!("{requiring} requires {}, but {instead}", demand.requirement));
        }
    }
}
