//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(50);

/// Generous: what is waited for has happened long before, or never will.
pub const LONG: Duration = Duration::from_mins(2);

/// Looks until there is something to see; panics after `limit`, naming `what` was waited for.
pub async fn until<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(start.elapsed() < limit, "waited {} s in vain for {what}", limit.as_secs());
        tokio::time::sleep(INTERVAL).await;
    }
}

/// [`until`] for what is true or false.
pub async fn until_true(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> bool) {
    until(what, limit, async || look().await.then_some(())).await;
}
