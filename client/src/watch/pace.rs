//! How often to ask.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);

/// The pause between two polls: short while things change, longer and longer while they do not.
#[derive(Debug)]
pub struct Pace(Duration);

impl Pace {
    /// Begins with the shortest pause.
    pub fn new() -> Self {
        Self(SHORTEST)
    }

    /// The pause after a poll that did or did not see a change.
    pub fn next(&mut self, changed: bool) -> Duration {
        self.0 = if changed { SHORTEST } else { self.0.mul_f64(1.2).min(LONGEST) };
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slows_down_to_five_seconds_and_is_fast_again_after_a_change() {
        let mut pace = Pace::new();
        assert_eq!(pace.next(true), SHORTEST);
        let pauses: Vec<Duration> = (0..20).map(|_| pace.next(false)).collect();
        assert!(pauses.is_sorted() && pauses[0] > SHORTEST);
        assert_eq!(pauses[19], LONGEST);
        assert_eq!(pace.next(true), SHORTEST);
    }
}
