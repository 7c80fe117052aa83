//! Decides what is due for a module build, and writes the decision down, in one transaction.
//!
//! API calls, ended jobs, timers and upkeep all wake this one function. It holds the row of the build, so that two of it (or a
//! cancellation) never decide at the same time; long work is left to the jobs that it wakes after the commit.

mod others;

use std::collections::BTreeMap;
use std::time::Duration;

use builders::FailureKind;
use entities::db::Transaction;
use entities::{ComponentState, ModuleState, component_build, db, module_build, transition, waiting_build};
use modulemd::plan::{Action, Progress, Snapshot, WaitsFor, downstream_of_failures, plan, startable};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::measure::{self, FailedBy};
use crate::slots::{self, Line, Place};
use crate::{Context, Job, JobError, failure, gate, rows};

pub use self::others::decide_with_others;

/// Decides for the build with this id, and wakes the jobs that carry it out.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let tx = db::begin_write(&context.db).await?;
    let row = rows::lock_module(&tx, id).await?;
    let decided = decide_with_others(context, &tx, row).await?;
    tx.commit().await?;
    decided.carry_out(context).await;
    Ok(())
}

/// What a decision leads to after its commit.
#[derive(Default)]
#[must_use = "nobody is woken otherwise"]
pub struct Decided {
    wake: Vec<Job>,
    /// What to wake when a pause is over.
    pauses: Vec<(Job, Duration)>,
    /// Other builds whose slots are free.
    due: Vec<i32>,
    /// Messages were written.
    told: bool,
    /// Builds that failed: who has to act on each.
    failed: Vec<FailedBy>,
}

impl Decided {
    fn wake(&mut self, job: Job) {
        self.wake.push(job);
    }

    /// Wakes the jobs that do what was decided, and builds that may go on by it.
    pub async fn carry_out(self, context: &Context) {
        self.failed.into_iter().for_each(measure::build_failed);
        for job in self.wake {
            context.wake(job).await;
        }
        if !self.due.is_empty() {
            slots::tell(context).await;
        }
        for (job, pause) in self.pauses {
            context.wake_after(job, pause).await;
        }
        if self.told {
            context.announce().await;
        }
    }
}

/// A build and its components, read inside the transaction that holds them.
struct Build {
    row: module_build::Model,
    components: Vec<component_build::Model>,
}

/// Decides for one build, whose row is held; `expects` says that slots are thought to be its own.
async fn decide(
    context: &Context,
    tx: &Transaction,
    (mut build, expects): (Build, bool),
    line: &mut Line,
    decided: &mut Decided,
) -> Result<(), JobError> {
    let mut snapshot = rows::snapshot(context, &build.row, &build.components, 0);
    let place = place(context, tx, line, (&build, &snapshot), expects).await?;
    snapshot.free_slots = place.as_ref().map_or(0, |place| place.share);
    let actions = plan(&snapshot);
    for action in &actions {
        carry_out(context, tx, (&mut build, &snapshot), *action, decided).await?;
    }
    if let Some(place) = place {
        let (started, running) = slots_taken(&snapshot, &actions);
        line.go_on(context.now(), place, started, running);
        decided.due = line.due(build.row.id);
    }
    Ok(())
}

/// The place of the build in the line for slots, if it stands there: it is being built, or gives back what it still has after it ended.
async fn place(
    context: &Context,
    tx: &Transaction,
    line: &mut Line,
    (build, snapshot): (&Build, &Snapshot),
    expects: bool,
) -> Result<Option<Place>, DbErr> {
    if build.row.state == ModuleState::Failed {
        waiting_build::forget(tx, build.row.id).await?;
    }
    let running = build.components.iter().any(|row| row.state == Some(ComponentState::Building));
    if build.row.state != ModuleState::Build && !running {
        return Ok(None);
    }
    let startable = startable(snapshot);
    line.enter(tx, context.now(), (&build.row, &build.components), &startable, expects).await.map(Some)
}

/// How many components these actions start, and how many of the build run then.
fn slots_taken(snapshot: &Snapshot, actions: &[Action]) -> (usize, usize) {
    let started = actions.iter().filter(|action| matches!(action, Action::Submit { .. })).count();
    if actions.contains(&Action::StopComponents) {
        return (started, 0);
    }
    let running = snapshot.components.iter().filter(|component| component.progress == Progress::Building).count();
    (started, running + started)
}

async fn carry_out(
    context: &Context,
    tx: &Transaction,
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
            decided.told = true;
        }
        Action::Fail => {
            note_downstream(tx, build, snapshot).await?;
            fail(context, tx, build).await?;
            decided.failed.push(failed_by(&build.components));
            decided.wake(Job::CleanUpModule(id));
            decided.told = true;
        }
        Action::StopComponents => {
            stop_components(context, tx, build).await?;
            decided.told = true;
        }
        Action::MakeReady if context.gate.is_some() => decided.wake(Job::AskGate(id)),
        Action::MakeReady => {
            gate::ask::open(tx, context.now(), &build.row).await?;
            decided.told = true;
        }
        Action::Wait(WaitsFor::Retry) => decided.pauses.extend(end_of_pause(context, build)),
        Action::Wait(_) => {}
    }
    Ok(())
}

async fn start_batch(context: &Context, tx: &Transaction, id: i32, batch: i32) -> Result<(), DbErr> {
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
async fn submit(context: &Context, tx: &Transaction, build: &Build, component: i32) -> Result<(), JobError> {
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

async fn fail(context: &Context, tx: &Transaction, build: &Build) -> Result<(), JobError> {
    let reason = failure_reason(&build.components);
    transition::module(tx, context.now(), &build.row, ModuleState::Failed, Some(&reason), |_| {}).await?;
    Ok(())
}

/// Says of each component that was not started because of a failure before it, whose failure that was.
async fn note_downstream(tx: &Transaction, build: &Build, snapshot: &Snapshot) -> Result<(), DbErr> {
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
async fn stop_components(context: &Context, tx: &Transaction, build: &Build) -> Result<(), JobError> {
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
