//! Telling builds whose slots are free, which could not be decided for where they became so.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::line;
use crate::seldom::Seldom;
use crate::{Context, Job};

/// A build with which something was wrong is decided for by itself for so long.
const DISTANCE: Duration = Duration::from_mins(1);

/// What the decisions of one process share.
#[derive(Debug, Default)]
pub struct Sharing {
    /// Who found slots of others free.
    rounds: Seldom,
    alone: Mutex<HashMap<i32, Instant>>,
}

impl Sharing {
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

/// Wakes builds whose slots are free, at once or in a moment. Most of those whose rows were held by somebody have come for their
/// slots by then, or others have; so it is looked once more before anybody is woken.
pub async fn tell(context: &Context) {
    // The worker is not to wait for a row that is held.
    let context = Context { chain: None, ..context.clone() };
    context.seldom(|context| &context.sharing.rounds, wake_due).await;
}

async fn wake_due(context: Context) {
    match line::due(&context).await {
        Ok(due) => {
            for build in due {
                context.wake(Job::Advance(build)).await;
            }
        }
        Err(error) => tracing::warn!(%error, "could not see whose slots are free; upkeep will"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_with_which_something_is_wrong_is_left_alone() {
        let sharing = Sharing::default();
        sharing.leave_alone(1);
        assert!(sharing.is_left_alone(1) && !sharing.is_left_alone(2));
    }
}
