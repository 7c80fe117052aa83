//! Steps of a module build that fail for now: tried again after a pause, a bounded number of times.

use std::time::Duration;

use entities::{ModuleState, db, log_message, message, module_build, transition};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::measure::{self, FailedBy};
use crate::{Context, Job, JobError, Verdict, rows};

/// Pauses grow up to this, so that a build goes on soon after the trouble is over.
const LONGEST_PAUSE: u64 = 15;

/// The pause before retry number `retry`, from 1: 1, 2, 4, 8, 15, 15 … seconds.
pub fn pause(retry: i32) -> Duration {
    let doublings = u32::try_from(retry - 1).unwrap_or(0).min(4);
    Duration::from_secs(2_u64.pow(doublings).min(LONGEST_PAUSE))
}

/// The reason of something that is tried again: which retry of how many it will be, and when (UTC).
pub fn waiting(retry: i32, most: i32, at: DateTime, reason: &str) -> String {
    format!("Waiting for retry {retry} of {most}, due at {}: {reason}", message::timestamp(at))
}

/// The reason why something that was tried `attempts` times failed.
pub fn gave_up(attempts: i32, reason: &str) -> String {
    format!("gave up after {attempts} attempts: {reason}")
}

/// A step of module build `id`, due in state `step`, could not be done: counts it and wakes the build after a pause, or fails it when that was tried
/// often enough.
pub async fn step_later(context: &Context, id: i32, step: ModuleState, reason: &str) -> Result<(), JobError> {
    let tx = db::begin_write(&context.db).await?;
    let build = rows::lock_module(&tx, id).await?;
    if build.state != step {
        return Ok(());
    }
    let retries = build.retries + 1;
    if retries > context.settings.max_retries {
        let reason = gave_up(build.retries, reason);
        transition::module(&tx, context.now(), &build, ModuleState::Failed, Some(&reason), |_| {}).await?;
        tx.commit().await?;
        measure::build_failed(FailedBy::Infra);
        context.wake(Job::Advance(id)).await;
        context.wake(Job::CleanUpModule(id)).await;
        context.wake(Job::PublishMessages).await;
        return Ok(());
    }
    let pause = pause(retries);
    module_build::Entity::update_many()
        .col_expr(module_build::Column::Retries, Expr::value(retries))
        .col_expr(module_build::Column::RetryAt, Expr::value(context.now() + pause))
        .filter(module_build::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    let sentence = waiting(retries, context.settings.max_retries, context.now() + pause, reason);
    log_message::write(&tx, context.now(), id, &sentence).await?;
    tx.commit().await?;
    context.wake_after(Job::Advance(id), pause).await;
    Ok(())
}

/// A step of module build `id`, due in state `step`, failed for good.
pub async fn step_failed(
    context: &Context,
    id: i32,
    step: ModuleState,
    reason: &str,
    verdict: Verdict,
) -> Result<(), JobError> {
    let tx = db::begin_write(&context.db).await?;
    let build = rows::lock_module(&tx, id).await?;
    if build.state != step {
        return Ok(());
    }
    transition::module(&tx, context.now(), &build, ModuleState::Failed, Some(reason), |_| {}).await?;
    tx.commit().await?;
    measure::build_failed(verdict.into());
    context.wake(Job::Advance(id)).await;
    context.wake(Job::CleanUpModule(id)).await;
    context.wake(Job::PublishMessages).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let seconds: Vec<u64> = (1..8).map(|retry| pause(retry).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 15, 15, 15]);
    }

    #[test]
    fn a_retry_is_counted_and_has_a_time() {
        let at = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap().naive_utc();
        assert_eq!(
            waiting(2, 10, at, "the disk is full"),
            "Waiting for retry 2 of 10, due at 2023-11-14T22:13:20Z: the disk is full"
        );
    }
}
