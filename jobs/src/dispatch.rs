//! From a delivered payload to the job's `run`, and from its error to what happens next.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use entities::ModuleState;
use futures::FutureExt;
use serde_json::Value;

use crate::queue::Handler;
use crate::{
    Context, Job, JobError, advance, build_component, clean_up, finalize, prepare_buildroot, publish,
    regenerate_repository, retry, upkeep, validate,
};

/// Pause before a job that belongs to no build is tried again.
const PAUSE: Duration = Duration::from_secs(2);

/// What workers do with a delivered job.
pub fn handler(context: Context) -> Handler {
    Arc::new(move |payload: Value| {
        let context = context.clone();
        async move {
            match serde_json::from_value::<Job>(payload.clone()) {
                Ok(job) => handle(&context, job).await,
                Err(error) => tracing::error!(%payload, %error, "dropped a job that nobody knows"),
            }
        }
        .boxed()
    })
}

/// Runs a job and deals with how it ends. A panic is an error like any other: it must not take the worker along.
pub async fn handle(context: &Context, job: Job) {
    let ended = match AssertUnwindSafe(run(context, job).boxed()).catch_unwind().await {
        Ok(ended) => ended,
        Err(_) => Err(JobError::Retry("an internal error; the operator's log has more".to_owned())),
    };
    let Err(error) = ended else { return };
    if let JobError::Superseded(_) = error {
        tracing::debug!(?job, %error, "nothing to do");
        return;
    }
    tracing::warn!(?job, %error, "a job failed");
    if let Err(error) = follow_up(context, job, &error).await {
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
        Job::CleanUpModule(id) => clean_up::run(context, id).await,
        Job::PublishMessages => publish::run(context).await,
        Job::Upkeep => upkeep::run(context).await,
    }
}

/// What a failure means depends on whose it is. A step of a build counts against the build, as long as that still is where the
/// step belongs; what the clock wakes anyway needs nothing.
async fn follow_up(context: &Context, job: Job, error: &JobError) -> Result<(), JobError> {
    if let Some((id, step)) = step(job) {
        return match error {
            JobError::Fail { reason, .. } => retry::step_failed(context, id, step, reason).await,
            _ => retry::step_later(context, id, step, &error.to_string()).await,
        };
    }
    match (job, error) {
        (Job::Upkeep | Job::PublishMessages, _) | (_, JobError::Fail { .. }) => {}
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
