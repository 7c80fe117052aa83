//! `BuildEstimate`.

use async_graphql::SimpleObject;

use crate::service::progress::Remaining;

/// How long the components of a build still take, with all slots to themselves.
#[derive(Clone, Debug, SimpleObject)]
pub struct BuildEstimate {
    /// Seconds until the last one is built; null if nothing is known of some.
    seconds: Option<u64>,
    /// The same, if those of which nothing is known took no time.
    at_least_seconds: u64,
    /// Components of which nothing is known.
    unknown: Vec<String>,
    /// Components that decide how long it takes, each waited for by the next.
    critical_path: Vec<String>,
}

impl From<Remaining> for BuildEstimate {
    fn from(remaining: Remaining) -> Self {
        let Remaining { seconds, at_least, unknown, critical_path } = remaining;
        Self { seconds, at_least_seconds: at_least, unknown, critical_path }
    }
}
