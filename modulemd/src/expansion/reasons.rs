//! Why candidates do not go together, in words.

use super::requirement::Requirement;
use super::solve::Search;

/// More reasons than this do not help anybody.
const MAX_REASONS: usize = 10;

impl Search<'_, '_> {
    /// One of two candidates requires what the other is not.
    pub(super) fn note_conflict(&mut self, a: usize, b: usize) {
        for (requiring, other) in [(a, b), (b, a)] {
            let pool = self.pool;
            let name = &pool.items[other].build.nsvc.name;
            let requirements = pool.items[requiring].requires.iter().flatten();
            for requirement in requirements.filter(|requirement| requirement.name == *name) {
                if !pool.meets(other, requirement) {
                    self.note(requiring, requirement, &[other]);
                }
            }
        }
    }

    /// A candidate requires something, and `instead` is what there is.
    pub(super) fn note(&mut self, requiring: usize, requirement: &Requirement, instead: &[usize]) {
        if self.reasons.len() >= MAX_REASONS {
            return;
        }
        let identity = |place: &usize| self.pool.items[*place].build.nsvc.to_string();
        let instead: Vec<_> = instead.iter().take(MAX_REASONS).map(identity).collect();
        let instead = if instead.is_empty() {
            "no build of it can be used".to_owned()
        } else {
            format!("what there is of it is {}", instead.join(", "))
        };
        let requiring = identity(&requiring);
        self.reasons.insert(format!("{requiring} requires {requirement}, but {instead}"));
    }
}
