//! Which builds this process has told lately that slots are theirs, so that it does not tell them again before they came for them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A build that has not come for its slots for so long is told again.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a build was told: what it wanted, what it got, and when.
type Told = (usize, usize, Instant);

/// Builds that were told.
#[derive(Debug, Default)]
pub struct Woken(Mutex<HashMap<i32, Told>>);

impl Woken {
    /// Whether a build that wants `ready` slots has to be told that it gets `share` of them. Somebody who comes for slots wants
    /// another number afterwards.
    pub fn is_news(&self, build: i32, ready: usize, share: usize) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, (_, _, when)| when.elapsed() < PATIENCE);
        let known = told.get(&build).is_some_and(|(wanted, got, _)| (*wanted, *got) == (ready, share));
        if !known {
            told.insert(build, (ready, share, Instant::now()));
        }
        !known
    }

    /// The build comes for its slots.
    pub fn came(&self, build: i32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&build);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_told_once_until_it_comes() {
        let woken = Woken::default();
        assert!(woken.is_news(1, 5, 1) && !woken.is_news(1, 5, 1));
        assert!(woken.is_news(1, 5, 2) && woken.is_news(2, 5, 2), "more of them, somebody else");
        woken.came(1);
        assert!(woken.is_news(1, 5, 2) && !woken.is_news(2, 5, 2));
    }
}
