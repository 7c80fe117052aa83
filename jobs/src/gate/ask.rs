//! Asks the gate about a build that is done.

use entities::db::Transaction;
use entities::lease::Lease;
use entities::transition::TransitionError;
use entities::{ModuleState, db, log_message, module_build, transition};
use modulemd::plan::{Action, plan};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use super::{Answer, WAITS_FOR_HOOK};
use crate::holding::{always, holding};
use crate::{Context, JobError, rows};

/// Runs the job for the module build with this id.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let lease = format!("module:{id}");
    let asked = holding(context, &lease, always, |lease, _| ask(context, lease, id)).await?;
    if asked == Some(true) {
        context.announce().await;
    }
    Ok(())
}

/// True if the gate was asked.
async fn ask(context: &Context, lease: Lease, id: i32) -> Result<bool, JobError> {
    let Some(gate) = &context.gate else { return Ok(false) };
    let build = rows::module(&context.db, id).await?;
    if plan(&rows::snapshot(context, &build, &[], 0)) != [Action::MakeReady] {
        return Ok(false);
    }
    let answer = gate.ask(&build.nsvc()).await;
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    let build = rows::lock_module(&tx, id).await?;
    if build.state != ModuleState::Done {
        return Ok(false);
    }
    match answer {
        Answer::Open => open(&tx, context.now(), &build).await?,
        // Somebody has told more by now.
        Answer::Closed(reason) if reason == WAITS_FOR_HOOK && build.state_reason.is_some() => {
            close(context, &tx, &build, None).await?;
        }
        Answer::Closed(reason) => close(context, &tx, &build, Some(&reason)).await?,
    }
    tx.commit().await?;
    Ok(true)
}

/// Lets a build that is done become ready; what it waited for is no longer its reason.
pub async fn open(tx: &Transaction, now: DateTime, build: &module_build::Model) -> Result<(), TransitionError> {
    transition::module(tx, now, build, ModuleState::Ready, None, |row| row.state_reason = Set(None)).await?;
    Ok(())
}

/// Notes what a build waits for, if that has changed, and that it is asked again after a while.
async fn close(
    context: &Context,
    tx: &Transaction,
    build: &module_build::Model,
    reason: Option<&str>,
) -> Result<(), JobError> {
    use module_build::{Column, Entity};
    let again = context.now() + context.settings.gate_interval;
    let mut update =
        Entity::update_many().col_expr(Column::RetryAt, Expr::value(again)).filter(Column::Id.eq(build.id));
    if let Some(reason) = reason.filter(|reason| build.state_reason.as_deref() != Some(reason)) {
        update = update.col_expr(Column::StateReason, Expr::value(reason));
        log_message::write(tx, context.now(), build.id, reason).await?;
    }
    update.exec(tx).await?;
    Ok(())
}
