//! Builds one component, or finds out that it is built already.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use builders::{BuildStart, Failure, FailureKind, Outcome, Phase, Stop, TaskState};
use entities::lease::Lease;
use entities::{ComponentState, ModuleState, component_build, db, module_build, transition};
use futures::FutureExt;
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::advance::{self, Decided};
use crate::holding::holding;
use crate::{Context, Job, JobError, failure, retry, rows};

/// Runs the job for the component with this id.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let lease = format!("component:{id}");
    // A build that was cancelled and resumed meanwhile is at another attempt, which is not this job's.
    let attempt = Arc::new(OnceLock::new());
    let is_wanted = |context: Context| {
        let attempt = attempt.get().copied();
        async move {
            Ok(wanted(&context, id).await?.is_some_and(|wanted| attempt.is_none_or(|mine| wanted.row.attempt == mine)))
        }
    };
    let work = |lease, stop| async {
        match wanted(context, id).await? {
            Some(wanted) => {
                let _first = attempt.set(wanted.row.attempt);
                build(context, lease, stop, wanted).await
            }
            None => Ok(None),
        }
    };
    let ended = holding(context, &lease, is_wanted, work).await?;
    if let Some(Some(decided)) = ended {
        context.announce().await;
        decided.carry_out(context).await;
    }
    Ok(())
}

/// A component that is to be built.
struct Wanted {
    row: component_build::Model,
    module: module_build::Model,
}

/// The component, if it is still to be built.
async fn wanted(context: &Context, id: i32) -> Result<Option<Wanted>, JobError> {
    // Without a limit of one row: SQLite prepares a statement with a bound limit anew each time.
    let found =
        component_build::Entity::find_by_id(id).find_also_related(module_build::Entity).all(&context.db).await?;
    Ok(found.into_iter().next().and_then(|(row, module)| {
        let building = row.state == Some(ComponentState::Building);
        let module = module.filter(|module| building && module.state == ModuleState::Build)?;
        Some(Wanted { row, module })
    }))
}

/// What was decided for the module where an outcome was written down.
async fn build(context: &Context, lease: Lease, stop: Stop, wanted: Wanted) -> Result<Option<Decided>, JobError> {
    let Wanted { row, module } = wanted;
    let work = AssertUnwindSafe(find_or_build(context, &row, &module, stop)).catch_unwind();
    let panicked = |_| Err(JobError::Retry("an internal error; the operator's log has more".to_owned()));
    match work.await.unwrap_or_else(panicked) {
        Ok(BuildStart::Finished(Outcome::Canceled)) => Ok(None),
        Ok(BuildStart::Finished(outcome)) => record(context, &lease, &row, outcome).await,
        Ok(BuildStart::Task(task)) => note_task(context, &row, task).await.map(|()| None),
        Err(JobError::Retry(reason)) => {
            pause(context, &lease, &row, &failure::around(FailureKind::Infra, &reason)).await.map(Some)
        }
        Err(JobError::Fail { reason, verdict }) => {
            fail(context, &lease, &row, &reason, &failure::around(verdict.into(), &reason)).await.map(Some)
        }
        Err(superseded) => Err(superseded),
    }
}

/// Nothing is built twice: the builder is asked first what became of this attempt.
async fn find_or_build(
    context: &Context,
    row: &component_build::Model,
    module: &module_build::Model,
    stop: Stop,
) -> Result<BuildStart, JobError> {
    let module = Arc::new(rows::module_ref(context, module).await?);
    let request = rows::request(&context.settings, module, row);
    match context.builder.find_task(&request).await? {
        Some(TaskState::Finished(outcome)) => Ok(BuildStart::Finished(outcome)),
        Some(TaskState::Running { task }) => Ok(BuildStart::Task(task)),
        None => Ok(context.builder.build(&request, stop).await?),
    }
}

async fn record(
    context: &Context,
    lease: &Lease,
    row: &component_build::Model,
    outcome: Outcome,
) -> Result<Option<Decided>, JobError> {
    let decided = match outcome {
        Outcome::Complete { nvr, .. } => complete(context, lease, row, nvr).await?,
        Outcome::Failed(failure) if failure.kind == FailureKind::Infra => pause(context, lease, row, &failure).await?,
        Outcome::Failed(failure) => fail(context, lease, row, &failure.to_string(), &failure).await?,
        Outcome::Canceled => return Ok(None),
    };
    Ok(Some(decided))
}

async fn complete(
    context: &Context,
    lease: &Lease,
    row: &component_build::Model,
    nvr: String,
) -> Result<Decided, JobError> {
    let now = context.now();
    if let Some(other) = same_nvr(context, row, &nvr).await? {
        let reason = format!("it makes {nvr}, which component {other} of this module makes already");
        let failure = Failure { phase: Phase::Package, ..failure::around(FailureKind::User, &reason) };
        return fail(context, lease, row, &reason, &failure).await;
    }
    write(context, lease, row, Some(ComponentState::Complete), None, |row| {
        failure::forget(row);
        row.nvr = Set(Some(nvr));
        row.time_finished = Set(Some(now));
        row.retries = Set(0);
    })
    .await
}

/// Another component of the module that has this NVR; the database allows none.
async fn same_nvr(context: &Context, row: &component_build::Model, nvr: &str) -> Result<Option<String>, DbErr> {
    use component_build::Column;
    let other = component_build::Entity::find()
        .filter(Column::ModuleId.eq(row.module_id))
        .filter(Column::Nvr.eq(nvr))
        .filter(Column::Id.ne(row.id))
        .all(&context.db)
        .await?;
    Ok(other.into_iter().next().map(|other| other.package))
}

async fn fail(
    context: &Context,
    lease: &Lease,
    row: &component_build::Model,
    reason: &str,
    failure: &Failure,
) -> Result<Decided, JobError> {
    let now = context.now();
    write(context, lease, row, Some(ComponentState::Failed), Some(reason), |row| {
        failure::note(row, failure);
        row.time_finished = Set(Some(now));
    })
    .await
}

/// The build system is in trouble: the component gives its slot back and is tried again after a pause, a bounded number of times.
async fn pause(
    context: &Context,
    lease: &Lease,
    row: &component_build::Model,
    trouble: &Failure,
) -> Result<Decided, JobError> {
    let (retry, most) = (row.retries + 1, context.settings.max_retries);
    if retry > most {
        let reason = retry::gave_up(row.retries, &trouble.message);
        return fail(context, lease, row, &reason, trouble).await;
    }
    let pause = retry::pause(retry);
    let retry_at = context.now() + pause;
    let reason = retry::waiting(retry, most, retry_at, &trouble.message);
    let decided = write(context, lease, row, None, Some(&reason), |row| {
        failure::note(row, trouble);
        row.attempt = Set(row.attempt.take().unwrap_or(0) + 1);
        row.retries = Set(retry);
        row.retry_at = Set(Some(retry_at));
        row.task_id = Set(None);
    })
    .await?;
    context.wake_after(Job::Advance(row.module_id), pause).await;
    Ok(decided)
}

/// Writes an outcome, unless somebody else took the component over or cancelled it, and decides in the same transaction how the
/// module goes on.
async fn write(
    context: &Context,
    lease: &Lease,
    row: &component_build::Model,
    to: Option<ComponentState>,
    reason: Option<&str>,
    change: impl FnOnce(&mut component_build::ActiveModel),
) -> Result<Decided, JobError> {
    let tx = db::begin_write(&context.db).await?;
    let module = rows::lock_module(&tx, row.module_id).await?;
    // Nobody has to wait for it any more as soon as the outcome is written.
    lease.give_back(&tx, context.now()).await?;
    transition::component(&tx, context.now(), row, to, reason, change).await?;
    let decided = advance::decide_with_others(context, &tx, module).await?;
    tx.commit().await?;
    lease.note_given_back();
    Ok(decided)
}

async fn note_task(context: &Context, row: &component_build::Model, task: i64) -> Result<(), JobError> {
    use component_build::Column;
    component_build::Entity::update_many()
        .col_expr(Column::TaskId, Expr::value(task))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Attempt.eq(row.attempt))
        .exec(&context.db)
        .await?;
    Ok(())
}
