//! Builds that nobody looks after any more: failed ones become garbage, stuck ones fail, and what lies in the results folder for no
//! purpose is removed.
//!
//! | file | subject | option |
//! | --- | --- | --- |
//! | `failed` | builds that failed, or scratch builds that are done, long ago | `CLEANUP_FAILED_BUILDS_TIME`, `CLEANUP_SCRATCH_BUILDS_TIME` |
//! | `stuck` | builds that do not move | `CLEANUP_STUCK_BUILDS_TIME`, `CLEANUP_STUCK_BUILDS_STATES` |
//! | `retired` | packages of builds that were retired long ago | `CLEANUP_RETIRED_BUILDS_TIME` |
//!
//! Each look takes up a bounded number of builds, each in a transaction of its own; the rest is left to the next look. Only states
//! and notes are written here: [`clean_up`](crate::clean_up) removes.

mod failed;
mod retired;
mod stuck;

use chrono::TimeDelta;
use entities::{ModuleState, lease};

use crate::{Context, Job, JobError};

/// Builds that one look takes up, of each kind.
const AT_ONCE: u64 = 20;

/// Looks of upkeep for each look of this.
const EVERY: i32 = 12;

/// After how long what happens to builds that nobody looks after; `None` is never.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Failed builds become garbage.
    pub failed: TimeDelta,
    /// Scratch builds that are done become garbage.
    pub scratch: Option<TimeDelta>,
    /// Packages of retired builds are removed.
    pub retired: Option<TimeDelta>,
    /// Builds that do not move fail.
    pub stuck: Option<TimeDelta>,
    /// States in which they do.
    pub stuck_states: Vec<ModuleState>,
}

/// Looks once, however many workers there are, and less often than upkeep: nobody waits for it.
pub async fn run(context: &Context) -> Result<(), JobError> {
    let interval = TimeDelta::from_std(context.settings.upkeep_interval).unwrap_or(context.settings.lease);
    let interval = interval * EVERY - interval / 2;
    if lease::claim(&context.db, "collection", &context.holder, context.now(), interval).await?.is_none() {
        return Ok(());
    }
    let stuck = stuck::give_up(context).await?;
    let failed = failed::collect(context).await?;
    let retired = retired::note(context).await?;
    for id in stuck {
        context.wake(Job::Advance(id)).await;
        context.wake(Job::CleanUpModule(id)).await;
    }
    for id in failed.into_iter().chain(retired) {
        context.wake(Job::CleanUpModule(id)).await;
    }
    Ok(())
}

/// A number of days as users read it.
fn days(span: TimeDelta) -> String {
    match span.num_days() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_well() {
        assert_eq!([1, 180].map(|number| days(TimeDelta::days(number))), ["1 day", "180 days"]);
    }
}
