//! Which builds this process has told lately that slots are theirs, so that it does not tell them again before they came for them;
//! and those with which something was wrong.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A build that has not come for its slots for so long is told again.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a build was told: what it wanted, what it got, and when.
type Told = (usize, usize, Instant);

/// A build with which something was wrong is decided for by itself for so long.
const DISTANCE: Duration = Duration::from_mins(1);

/// Builds that were told.
#[derive(Debug, Default)]
pub struct Woken {
    told: Mutex<HashMap<i32, Told>>,
    alone: Mutex<HashMap<i32, Instant>>,
}

impl Woken {
    /// Whether a build that wants `ready` slots has to be told that it gets `share` of them. Somebody who comes for slots wants
    /// another number afterwards.
    pub fn is_news(&self, build: i32, ready: usize, share: usize) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, (_, _, when)| when.elapsed() < PATIENCE);
        let known = told.get(&build).is_some_and(|(wanted, got, _)| (*wanted, *got) == (ready, share));
        if !known {
            told.insert(build, (ready, share, Instant::now()));
        }
        !known
    }

    /// The build comes for its slots.
    pub fn came(&self, build: i32) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).remove(&build);
    }

    /// Something went wrong with this build while it was decided for on the side of another one.
    pub fn leave_alone(&self, build: i32) {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner).insert(build, Instant::now());
    }

    /// Whether that was so lately.
    pub fn is_left_alone(&self, build: i32) -> bool {
        let mut alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        alone.retain(|_, since| since.elapsed() < DISTANCE);
        alone.contains_key(&build)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_with_which_something_is_wrong_is_left_alone() {
        let woken = Woken::default();
        woken.leave_alone(1);
        assert!(woken.is_left_alone(1) && !woken.is_left_alone(2));
    }

    #[test]
    fn a_build_is_told_once_until_it_comes() {
        let woken = Woken::default();
        assert!(woken.is_news(1, 5, 1) && !woken.is_news(1, 5, 1));
        assert!(woken.is_news(1, 5, 2) && woken.is_news(2, 5, 2), "more of them, somebody else");
        woken.came(1);
        assert!(woken.is_news(1, 5, 2) && !woken.is_news(2, 5, 2));
    }
}
