//! Decides what is due for a module build, and writes the decision down, in one transaction.
//!
//! API calls, ended jobs, timers and upkeep all wake this one function. It holds the row of the build, so that two of it (or a
//! cancellation) never decide at the same time; long work is left to the jobs that it wakes after the commit.

use std::collections::BTreeMap;
use std::time::Duration;

use builders::FailureKind;
use entities::{ComponentState, ModuleState, component_build, db, module_build, transition};
use futures::FutureExt;
use futures::future::BoxFuture;
use modulemd::plan::{Action, Snapshot, WaitsFor, downstream_of_failures, plan};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, PaginatorTrait, QuerySelect, Set};

use crate::dispatch::handle;
use crate::measure::{self, FailedBy};
use crate::{Context, Job, JobError, failure, rows};

/// Decides for the build with this id, and wakes the jobs that carry it out.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    for (job, delay) in decide(context, id).await?.wake {
        context.wake_after(job, delay).await;
    }
    Ok(())
}

/// The same from a job that has just completed a batch: the repository that the next one waits for is made here and now, instead
/// of by whoever takes it from the queue.
pub async fn run_on(context: &Context, id: i32) -> Result<(), JobError> {
    let mut here = None;
    for (job, delay) in decide(context, id).await?.wake {
        match job {
            Job::RegenerateRepository(_) | Job::FinalizeModule(_) => here = Some(job),
            _ => context.wake_after(job, delay).await,
        }
    }
    if let Some(job) = here {
        handle_here(context, job).await;
    }
    Ok(())
}

/// Its declared type ends the circle of futures: such a job advances the build again.
fn handle_here(context: &Context, job: Job) -> BoxFuture<'_, ()> {
    handle(context, job).map(|_| ()).boxed()
}

/// What a decision leads to after its commit: jobs, and when to wake each.
#[derive(Default)]
struct Decided {
    wake: Vec<(Job, Duration)>,
    /// The build failed, and who has to act on it.
    failed: Option<FailedBy>,
}

impl Decided {
    fn wake(&mut self, job: Job) {
        self.wake.push((job, Duration::ZERO));
    }
}

/// A build and its components, read inside the transaction that holds them.
struct Build {
    row: module_build::Model,
    components: Vec<component_build::Model>,
}

async fn decide(context: &Context, id: i32) -> Result<Decided, JobError> {
    let tx = db::begin_write(&context.db).await?;
    hold_slots(&tx).await?;
    let row = rows::lock_module(&tx, id).await?;
    let components = rows::components(&tx, id).await?;
    let free_slots = free_slots(context, &tx).await?;
    let snapshot: Snapshot = rows::snapshot(context, &row, &components, free_slots);
    let mut build = Build { row, components };
    let mut decided = Decided::default();
    for action in plan(&snapshot) {
        carry_out(context, &tx, (&mut build, &snapshot), action, &mut decided).await?;
    }
    tx.commit().await?;
    decided.failed.into_iter().for_each(measure::build_failed);
    Ok(decided)
}

/// On PostgreSQL slots are counted by one transaction at a time; on SQLite there is only one writer anyway.
async fn hold_slots(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    const SLOTS_LOCK: &str = "SELECT pg_advisory_xact_lock(77666383)";
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(SLOTS_LOCK).await?;
    }
    Ok(())
}

async fn free_slots(context: &Context, tx: &DatabaseTransaction) -> Result<usize, DbErr> {
    use component_build::{Column, Entity};
    let running = Entity::find().filter(Column::State.eq(ComponentState::Building)).count(tx).await?;
    Ok(context.settings.concurrent_builds.saturating_sub(usize::try_from(running).unwrap_or(usize::MAX)))
}

async fn carry_out(
    context: &Context,
    tx: &DatabaseTransaction,
    (build, snapshot): (&mut Build, &Snapshot),
    action: Action,
    decided: &mut Decided,
) -> Result<(), JobError> {
    let id = build.row.id;
    match action {
        Action::Validate => decided.wake(Job::ValidateModule(id)),
        Action::PrepareBuildroot => decided.wake(Job::PrepareBuildroot(id)),
        Action::RegenerateRepository => decided.wake(Job::RegenerateRepository(id)),
        Action::Finalize => decided.wake(Job::FinalizeModule(id)),
        Action::StartBatch { batch } => start_batch(context, tx, id, batch).await?,
        Action::Submit { component } => {
            submit(context, tx, build, component).await?;
            decided.wake(Job::BuildComponent(component));
            decided.wake(Job::PublishMessages);
        }
        Action::Fail => {
            note_downstream(tx, build, snapshot).await?;
            fail(context, tx, build).await?;
            decided.failed = Some(failed_by(&build.components));
            decided.wake(Job::CleanUpModule(id));
            decided.wake(Job::PublishMessages);
        }
        Action::StopComponents => {
            stop_components(context, tx, build).await?;
            decided.wake(Job::PublishMessages);
        }
        Action::MakeReady => {
            transition::module(tx, context.now(), &build.row, ModuleState::Ready, None, |_| {}).await?;
            decided.wake(Job::PublishMessages);
        }
        Action::Wait(WaitsFor::Retry) => decided.wake.extend(end_of_pause(context, build)),
        Action::Wait(_) => {}
    }
    Ok(())
}

async fn start_batch(context: &Context, tx: &DatabaseTransaction, id: i32, batch: i32) -> Result<(), DbErr> {
    use module_build::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Batch, Expr::value(batch))
        .col_expr(Column::TimeModified, Expr::value(context.now()))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The intent comes before the effect: from here on somebody has to find out what became of this attempt.
async fn submit(context: &Context, tx: &DatabaseTransaction, build: &Build, component: i32) -> Result<(), JobError> {
    let Some(row) = build.components.iter().find(|row| row.id == component) else {
        return Ok(());
    };
    let in_place = context.builder.capabilities().builds_in_place;
    let repository = build.row.new_repo_task_id.unwrap_or(0);
    let now = context.now();
    transition::component(tx, now, row, Some(ComponentState::Building), None, |row| {
        row.repository = Set(Some(repository));
        row.time_started = Set(Some(now));
        row.time_finished = Set(None);
        row.retry_at = Set(None);
        failure::forget(row);
        row.task_id = Set(in_place.then_some(component));
    })
    .await?;
    Ok(())
}

async fn fail(context: &Context, tx: &DatabaseTransaction, build: &Build) -> Result<(), JobError> {
    let reason = failure_reason(&build.components);
    transition::module(tx, context.now(), &build.row, ModuleState::Failed, Some(&reason), |_| {}).await?;
    Ok(())
}

/// Says of each component that was not started because of a failure before it, whose failure that was.
async fn note_downstream(tx: &DatabaseTransaction, build: &Build, snapshot: &Snapshot) -> Result<(), DbErr> {
    use component_build::{Column, Entity};
    let name = |id: &i32| build.components.iter().find(|row| row.id == *id).map_or("", |row| row.package.as_str());
    let mut by_cause: BTreeMap<Vec<i32>, Vec<i32>> = BTreeMap::new();
    for (id, causes) in downstream_of_failures(snapshot) {
        by_cause.entry(causes).or_default().push(id);
    }
    for (causes, ids) in by_cause {
        let names: Vec<_> = causes.iter().map(name).collect();
        let reason = failure::not_built(&names);
        Entity::update_many()
            .col_expr(Column::Verdict, Expr::value(FailureKind::Dependency.name()))
            .col_expr(Column::Phase, Expr::value(None::<String>))
            .col_expr(Column::Error, Expr::value(&reason))
            .col_expr(Column::ErrorLine, Expr::value(None::<i32>))
            .col_expr(Column::StateReason, Expr::value(&reason))
            .filter(Column::Id.is_in(ids))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Their builders notice within a second that nobody wants them any more.
async fn stop_components(context: &Context, tx: &DatabaseTransaction, build: &Build) -> Result<(), JobError> {
    let now = context.now();
    let reason = build.row.state_reason.as_deref();
    for row in build.components.iter().filter(|row| row.state == Some(ComponentState::Building)) {
        transition::component(tx, now, row, Some(ComponentState::Canceled), reason, |row| {
            row.time_finished = Set(Some(now));
        })
        .await?;
    }
    Ok(())
}

/// A sentence for one failed component, or all names and then each reason.
fn failure_reason(components: &[component_build::Model]) -> String {
    let failed: Vec<_> = components.iter().filter(|row| is_unsuccessful(row)).collect();
    let reason = |row: &component_build::Model| row.state_reason.clone().unwrap_or_else(|| "unknown reason".to_owned());
    match failed[..] {
        [] => "The build cannot go on.".to_owned(),
        [only] => format!("Component {} failed to build: {}", only.package, reason(only)),
        _ => {
            let names: Vec<_> = failed.iter().map(|row| row.package.as_str()).collect();
            let reasons: Vec<_> = failed.iter().map(|row| format!("{}: {}", row.package, reason(row))).collect();
            format!("Components {} failed to build. {}", names.join(", "), reasons.join("; "))
        }
    }
}

/// The packager, if any of the components failed by the packager's doing.
fn failed_by(components: &[component_build::Model]) -> FailedBy {
    let failed = || components.iter().filter(|row| row.state == Some(ComponentState::Failed));
    let infra = |row: &component_build::Model| row.verdict.as_deref() == Some(FailureKind::Infra.name());
    match failed().next() {
        None => FailedBy::Unspecified,
        Some(_) if failed().all(infra) => FailedBy::Infra,
        Some(_) => FailedBy::User,
    }
}

fn is_unsuccessful(row: &component_build::Model) -> bool {
    use ComponentState::{Canceled, Deleted, Failed, Unknown};
    matches!(row.state, Some(Canceled | Deleted | Failed | Unknown(_)))
}

/// Wakes the build when the first pause in it is over.
fn end_of_pause(context: &Context, build: &Build) -> Option<(Job, Duration)> {
    let pauses = build.components.iter().filter_map(|row| row.retry_at).chain(build.row.retry_at);
    let pause = pauses.filter(|at| *at > context.now()).min()? - context.now();
    Some((Job::Advance(build.row.id), pause.to_std().unwrap_or_default()))
}

/// Wakes builds that wait for a slot, after one became free.
pub async fn wake_waiting(context: &Context, except: i32) -> Result<(), DbErr> {
    use component_build::Column;
    let waiting: Vec<i32> = component_build::Entity::find()
        .select_only()
        .column(Column::ModuleId)
        .distinct()
        .inner_join(module_build::Entity)
        .filter(module_build::Column::State.eq(ModuleState::Build))
        .filter(Column::State.is_null())
        .filter(Column::ModuleId.ne(except))
        .limit(context.settings.concurrent_builds as u64)
        .into_tuple()
        .all(&context.db)
        .await?;
    for id in waiting {
        context.wake(Job::Advance(id)).await;
    }
    Ok(())
}
