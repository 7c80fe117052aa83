//! From a delivered payload to the job's `run`, and from its error to what happens next.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use entities::ModuleState;
use futures::FutureExt;
use serde_json::Value;

use crate::chain::{self, Chain};
use crate::measure::{self, JobOutcome};
use crate::queue::{Handler, Lane, envelope};
use crate::{
    Context, Job, JobError, advance, build_component, clean_up, finalize, gate, prepare_buildroot, publish,
    regenerate_repository, retry, upkeep, validate, webhooks,
};

/// Pause before a job that belongs to no build is tried again.
const PAUSE: Duration = Duration::from_secs(2);

/// What workers of a lane do with a delivered job: it, and what it leads to.
pub fn handler(context: Context, lane: Lane) -> Handler {
    Arc::new(move |payload: Value| {
        let context = Context { chain: Some(Chain::new(lane)), ..context.clone() };
        async move {
            measure::received();
            measure::processed(deliver(&context, &payload).await);
            chain::follow(&context).await;
        }
        .boxed()
    })
}

/// False if it could not be done, or nobody knows what it is.
async fn deliver(context: &Context, payload: &Value) -> bool {
    match envelope::unwrap(payload) {
        Ok((job, due)) => {
            if let Some(due) = due {
                measure::waited(job, due, context.clock.utc());
            }
            handle(context, job).await.is_ok()
        }
        Err(error) => {
            tracing::error!(%payload, %error, "dropped a job that nobody knows");
            false
        }
    }
}

/// Runs a job and deals with how it ends. A panic is an error like any other: it must not take the worker along.
pub async fn handle(context: &Context, job: Job) -> JobOutcome {
    let start = Instant::now();
    let (outcome, error) = match AssertUnwindSafe(run(context, job).boxed()).catch_unwind().await {
        Ok(Ok(())) => (JobOutcome::Ok, None),
        Ok(Err(error)) => (outcome(&error), Some(error)),
        Err(_) => {
            let error = JobError::Retry("an internal error; the operator's log has more".to_owned());
            (JobOutcome::Panic, Some(error))
        }
    };
    measure::ran(job, outcome, start.elapsed());
    if let Some(error) = error {
        deal_with(context, job, &error).await;
    }
    outcome
}

fn outcome(error: &JobError) -> JobOutcome {
    match error {
        JobError::Retry(_) => JobOutcome::Retry,
        JobError::Fail { .. } => JobOutcome::Failed,
        JobError::Superseded(_) => JobOutcome::Superseded,
    }
}

async fn deal_with(context: &Context, job: Job, error: &JobError) {
    if let JobError::Superseded(_) = error {
        tracing::debug!(?job, %error, "nothing to do");
        return;
    }
    tracing::warn!(?job, %error, "a job failed");
    if let Err(error) = follow_up(context, job, error).await {
        tracing::error!(?job, %error, "could not write down that a job failed; upkeep will wake it again");
    }
}

async fn run(context: &Context, job: Job) -> Result<(), JobError> {
    match job {
        Job::Advance(id) => advance::run(context, id).await,
        Job::ValidateModule(id) => validate::run(context, id).await,
        Job::PrepareBuildroot(id) => prepare_buildroot::run(context, id).await,
        Job::BuildComponent(id) => build_component::run(context, id).await,
        Job::RegenerateRepository(id) => regenerate_repository::run(context, id).await,
        Job::FinalizeModule(id) => finalize::run(context, id).await,
        Job::AskGate(id) => gate::ask::run(context, id).await,
        Job::CleanUpModule(id) => clean_up::run(context, id).await,
        Job::PublishMessages => publish::run(context).await,
        Job::SendWebhooks => webhooks::run(context).await,
        Job::Upkeep => upkeep::run(context).await,
    }
}

/// What a failure means depends on whose it is. A step of a build counts against the build, as long as that still is where the
/// step belongs; what the clock wakes anyway needs nothing.
async fn follow_up(context: &Context, job: Job, error: &JobError) -> Result<(), JobError> {
    if let Some((id, step)) = step(job) {
        return match error {
            JobError::Fail { reason, verdict } => retry::step_failed(context, id, step, reason, *verdict).await,
            _ => retry::step_later(context, id, step, &error.to_string()).await,
        };
    }
    match (job, error) {
        (Job::Upkeep | Job::PublishMessages | Job::SendWebhooks, _) | (_, JobError::Fail { .. }) => {}
        _ => context.wake_after(job, PAUSE).await,
    }
    Ok(())
}

/// The build that a job does a step of, and the state in which it is due.
fn step(job: Job) -> Option<(i32, ModuleState)> {
    match job {
        Job::ValidateModule(id) => Some((id, ModuleState::Init)),
        Job::PrepareBuildroot(id) => Some((id, ModuleState::Wait)),
        Job::RegenerateRepository(id) | Job::FinalizeModule(id) => Some((id, ModuleState::Build)),
        _ => None,
    }
}
