//! The only code that changes a state.
//!
//! A move is checked, then the row (compare-and-set on the old state), its trace and the message about it are written in the
//! caller's transaction, the last two with its commit. Either all of it becomes visible or nothing does.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{IntoActiveModel, Set};

use crate::db::Transaction;
use crate::{
    CleanUp, ComponentState, ModuleState, component_build, component_build_trace, message, module_build,
    module_build_trace, outbox,
};

/// Why a state was not changed.
#[derive(Debug, thiserror::Error)]
pub enum TransitionError {
    /// No build may move like this.
    #[error("a module build cannot go from {} to {}", .0.name(), .1.name())]
    Forbidden(ModuleState, ModuleState),
    /// The row is no longer in the state that the decision was based on; look again.
    #[error("{0} was changed meanwhile")]
    Conflict(String),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Whether a build may go from one state to another.
pub fn allowed(from: ModuleState, to: ModuleState) -> bool {
    use ModuleState::{Build, Done, Failed, Garbage, Init, Ready, Wait};
    matches!(
        (from, to),
        (Init, Wait | Failed)
            | (Wait, Build | Failed)
            | (Build, Done | Failed)
            | (Done, Ready | Failed | Garbage)
            | (Failed, Init | Wait | Garbage)
            | (Ready, Garbage)
    )
}

/// Inserts a new build, its first trace and the message about it.
pub async fn create(
    tx: &Transaction,
    now: DateTime,
    build: module_build::ActiveModel,
) -> Result<module_build::Model, DbErr> {
    let build = build.insert(tx).await?;
    module_trace(tx, now, &build, None).await?;
    // It has no components yet.
    let body = message::module(&build, &[], &message::siblings(tx, &build).await?);
    outbox::append(tx, now, message::MODULE_STATE_CHANGE, build.id, &body);
    Ok(build)
}

/// Inserts a build that was built elsewhere. It went through no states here, so it has no trace, and there is nothing to tell.
pub async fn import(tx: &Transaction, mut build: module_build::ActiveModel) -> Result<module_build::Model, DbErr> {
    build.state = Set(ModuleState::Ready);
    build.insert(tx).await
}

/// An imported module that was imported before: other columns are replaced, and it is ready again, whatever it was.
pub async fn reimport(
    tx: &Transaction,
    now: DateTime,
    mut build: module_build::ActiveModel,
) -> Result<module_build::Model, DbErr> {
    let was = build.state.clone().take();
    build.state = Set(ModuleState::Ready);
    let build = build.update(tx).await?;
    if was != Some(ModuleState::Ready) {
        module_trace(tx, now, &build, Some("Imported again")).await?;
        tell_module(tx, now, &build).await?;
    }
    Ok(build)
}

/// Moves a build to `to`. `change` fills in other columns of the same row; `reason` replaces the reason that stands there unless
/// it is `None`. `build.state` is the state the decision was based on.
pub async fn module(
    tx: &Transaction,
    now: DateTime,
    build: &module_build::Model,
    to: ModuleState,
    reason: Option<&str>,
    change: impl FnOnce(&mut module_build::ActiveModel),
) -> Result<module_build::Model, TransitionError> {
    if !allowed(build.state, to) {
        return Err(TransitionError::Forbidden(build.state, to));
    }
    take_module(tx, build, to).await?;
    let mut row = build.clone().into_active_model();
    row.time_modified = Set(Some(now));
    row.retries = Set(0);
    row.retry_at = Set(None);
    match to {
        ModuleState::Done | ModuleState::Failed => {
            row.time_completed = Set(Some(now));
            row.clean_up = Set(CleanUp::Leftovers);
        }
        ModuleState::Init | ModuleState::Wait => row.clean_up = Set(CleanUp::Nothing),
        ModuleState::Build | ModuleState::Ready | ModuleState::Garbage => {}
    }
    if let Some(reason) = reason {
        row.state_reason = Set(Some(reason.to_owned()));
    }
    change(&mut row);
    row.state = Set(to);
    let moved = row.update(tx).await?;
    module_trace(tx, now, &moved, reason).await?;
    tell_module(tx, now, &moved).await?;
    tracing::info!(module_build = moved.id, nsvc = %moved.nsvc(), from = build.state.name(), to = to.name(), reason, "state changed");
    Ok(moved)
}

/// Moves a component to `to` (`None` is "not started"). `change` fills in other columns of the same row.
pub async fn component(
    tx: &Transaction,
    now: DateTime,
    build: &component_build::Model,
    to: Option<ComponentState>,
    reason: Option<&str>,
    change: impl FnOnce(&mut component_build::ActiveModel),
) -> Result<component_build::Model, TransitionError> {
    let mut row = build.clone().into_active_model();
    change(&mut row);
    row.state = Set(to);
    row.state_reason = Set(reason.map(str::to_owned));
    let moved = move_component(tx, build, row).await?;
    component_trace(tx, now, &moved);
    let mut body = message::component(&moved);
    message::merge(&mut body, serde_json::json!({ "batch": moved.batch }));
    outbox::append(tx, now, message::COMPONENT_STATE_CHANGE, moved.module_id, &body);
    tracing::info!(
        component_build = moved.id,
        module_build = moved.module_id,
        package = moved.package,
        from = build.state.and_then(ComponentState::name),
        to = to.and_then(ComponentState::name),
        reason,
        "state changed"
    );
    Ok(moved)
}

/// Inserts a new component and its first trace. It has no state yet, so there is nothing to tell.
pub async fn create_component(
    tx: &Transaction,
    now: DateTime,
    build: component_build::ActiveModel,
) -> Result<component_build::Model, DbErr> {
    let build = build.insert(tx).await?;
    component_trace(tx, now, &build);
    Ok(build)
}

/// The compare-and-set: only one of two movers gets the row.
async fn take_module(tx: &Transaction, build: &module_build::Model, to: ModuleState) -> Result<(), TransitionError> {
    use module_build::Column;
    let taken = module_build::Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .filter(Column::Id.eq(build.id))
        .filter(Column::State.eq(build.state))
        .exec(tx)
        .await?;
    one_row(taken.rows_affected, || format!("module build {}", build.id))
}

/// The compare-and-set with all that changes, in one statement: each runs the triggers of revisions.
async fn move_component(
    tx: &Transaction,
    build: &component_build::Model,
    row: component_build::ActiveModel,
) -> Result<component_build::Model, TransitionError> {
    use component_build::Column;
    let unchanged = match build.state {
        Some(state) => Column::State.eq(state),
        None => Column::State.is_null(),
    };
    let moved = component_build::Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(build.id))
        .filter(Column::Attempt.eq(build.attempt))
        .filter(unchanged)
        .exec_with_returning(tx)
        .await?;
    moved.into_iter().next().ok_or_else(|| TransitionError::Conflict(format!("component build {}", build.id)))
}

fn one_row(rows: u64, what: impl FnOnce() -> String) -> Result<(), TransitionError> {
    if rows == 1 { Ok(()) } else { Err(TransitionError::Conflict(what())) }
}

async fn module_trace(
    tx: &Transaction,
    now: DateTime,
    build: &module_build::Model,
    reason: Option<&str>,
) -> Result<(), DbErr> {
    let trace = module_build_trace::ActiveModel {
        module_id: Set(build.id),
        state_time: Set(now),
        state: Set(Some(build.state)),
        state_reason: Set(reason.map(str::to_owned)),
        ..Default::default()
    };
    module_build_trace::Entity::insert(trace).exec_without_returning(tx).await?;
    Ok(())
}

fn component_trace(tx: &Transaction, now: DateTime, build: &component_build::Model) {
    tx.trace(component_build_trace::ActiveModel {
        component_id: Set(build.id),
        state_time: Set(now),
        state: Set(build.state),
        state_reason: Set(build.state_reason.clone()),
        task_id: Set(build.task_id),
        ..Default::default()
    });
}

async fn tell_module(tx: &Transaction, now: DateTime, build: &module_build::Model) -> Result<(), DbErr> {
    let body = message::module_with_ids(tx, build).await?;
    outbox::append(tx, now, message::MODULE_STATE_CHANGE, build.id, &body);
    Ok(())
}
