//! Going on with a build that failed: what was built stays, the rest is tried again.

use entities::db::Transaction;
use entities::{ComponentState, ModuleState, component_build, module_build, module_build_trace, transition};
use jobs::{failure, rows};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, Set};

use super::write::WriteError;
use crate::App;
use crate::service::ServiceError;
use crate::service::params::Params;

/// Whether `build` may go on with these parameters.
pub fn check(params: &Params, build: &module_build::Model) -> Result<(), ServiceError> {
    match &params.rebuild_strategy {
        Some(strategy) if *strategy != build.rebuild_strategy => Err(ServiceError::Invalid(
            "You cannot change the module's \"rebuild_strategy\" when resuming a module build".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Resumes `build`, which the transaction holds, from the step it failed in.
pub async fn resume(
    app: &App,
    tx: &Transaction,
    owner: &str,
    build: module_build::Model,
) -> Result<module_build::Model, WriteError> {
    go_on(app, tx, build, &format!("Resubmitted by {owner}"), |_| true).await
}

/// The same for those of its components that are `wanted`; others that failed stay as they are. `reason` says why it goes on.
pub async fn go_on(
    app: &App,
    tx: &Transaction,
    build: module_build::Model,
    reason: &str,
    wanted: impl Fn(&component_build::Model) -> bool,
) -> Result<module_build::Model, WriteError> {
    let now = app.clock.now();
    for component in rows::components(tx, build.id).await?.into_iter().filter(|component| wanted(component)) {
        let was_paused = component.state.is_none() && component.retries > 0;
        if was_paused || component.state.is_some_and(|state| state != ComponentState::Complete) {
            transition::component(tx, now, &component, None, None, |row| {
                row.attempt = Set(component.attempt + 1);
                row.retries = Set(0);
                row.retry_at = Set(None);
                row.task_id = Set(None);
                failure::forget(row);
            })
            .await?;
        }
    }
    forget_repositories(tx, build.id).await?;
    forget_failures(tx, build.id).await?;
    let to = match last_state_before_failing(tx, build.id).await? {
        Some(ModuleState::Init) | None => ModuleState::Init,
        Some(_) => ModuleState::Wait,
    };
    let resumed = build.resumed + 1;
    Ok(transition::module(tx, now, &build, to, Some(reason), |row| {
        row.batch = Set(Some(0));
        row.resumed = Set(resumed);
    })
    .await?)
}

/// The repositories were cleaned up when it failed; they are made again from what was built.
async fn forget_repositories(tx: &Transaction, module_id: i32) -> Result<(), DbErr> {
    use component_build::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Tagged, Expr::value(false))
        .filter(Column::ModuleId.eq(module_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What was not started because of a failure waits again.
async fn forget_failures(tx: &Transaction, module_id: i32) -> Result<(), DbErr> {
    use component_build::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Verdict, Expr::value(None::<String>))
        .col_expr(Column::Error, Expr::value(None::<String>))
        .col_expr(Column::StateReason, Expr::value(None::<String>))
        .filter(Column::ModuleId.eq(module_id))
        .filter(Column::State.is_null())
        .filter(Column::Verdict.is_not_null())
        .exec(tx)
        .await?;
    Ok(())
}

async fn last_state_before_failing(tx: &Transaction, module_id: i32) -> Result<Option<ModuleState>, DbErr> {
    use module_build_trace::{Column, Entity};
    let trace = Entity::find()
        .filter(Column::ModuleId.eq(module_id))
        .filter(Column::State.ne(ModuleState::Failed))
        .order_by_desc(Column::Id)
        .one(tx)
        .await?;
    Ok(trace.and_then(|trace| trace.state))
}
