//! A wake-up that is asked for much more often than it is of use: at once when nobody asked lately, and then once in a while for all
//! who asked since. None is lost: whoever asks is followed by a wake-up.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Pause between two wake-ups, unless it is said otherwise.
const PAUSE: Duration = Duration::from_millis(100);

/// Who asked lately.
#[derive(Debug)]
pub struct Seldom {
    asked: Mutex<Asked>,
    pause: Duration,
}

impl Default for Seldom {
    fn default() -> Self {
        Self::every(PAUSE)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    /// Nobody.
    #[default]
    No,
    /// Somebody, who was served; the pause runs.
    Served,
    /// Somebody else since.
    Again,
}

impl Seldom {
    /// With this pause between two wake-ups.
    pub fn every(pause: Duration) -> Self {
        Self { asked: Mutex::default(), pause }
    }

    /// Somebody asks. Whether the wake-up is theirs to make; they have to come back after each [`Seldom::pause`] then, for
    /// [`Seldom::is_due_again`].
    pub fn is_due(&self) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = *asked == Asked::No;
        *asked = if is_first { Asked::Served } else { Asked::Again };
        is_first
    }

    /// Waits until the next wake-up may come.
    pub async fn pause(&self) {
        tokio::time::sleep(self.pause).await;
    }

    /// Whether somebody asked during the pause. If not, it is over, and whoever asks next is served at once.
    pub fn is_due_again(&self) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = *asked == Asked::Again;
        *asked = if is_due { Asked::Served } else { Asked::No };
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_is_followed_by_a_wake_up() {
        let seldom = Seldom::default();
        assert!(seldom.is_due(), "the first");
        assert!(!seldom.is_due() && !seldom.is_due());
        assert!(seldom.is_due_again(), "one for both");
        assert!(!seldom.is_due_again(), "nobody since");
        assert!(seldom.is_due(), "at once again");
    }
}
