//! Pushes again whatever the database says is due, so that a lost queue, message or worker only costs time.

use std::collections::HashSet;

use entities::{
    ComponentState, ModuleState, audit_event, component_build, feed, idempotency_key, lease, module_build, outbox,
    webhook_delivery,
};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, PaginatorTrait, QueryOrder, QuerySelect};

use crate::due::{self, Turn};
use crate::{Context, Job, JobError, collect, webhooks};

/// Builds that one look has cleaned up.
const CLEAN_UPS: u64 = 200;

/// Runs at most once an interval, whatever the number of workers.
pub async fn run(context: &Context) -> Result<(), JobError> {
    let interval = chrono::TimeDelta::from_std(context.settings.upkeep_interval).unwrap_or(context.settings.lease);
    let claimed = lease::claim(&context.db, "upkeep", &context.holder, context.now(), interval - interval / 5).await?;
    let Some(claimed) = claimed else { return Ok(()) };
    let turn = Turn::new(claimed.token(), context.settings.upkeep_interval);
    wake_builds(context, turn).await?;
    wake_components(context).await?;
    wake_clean_up(context, turn).await?;
    if waiting_messages(context).await? {
        context.wake(Job::PublishMessages).await;
    }
    if webhooks::is_due(context).await? {
        context.wake(Job::SendWebhooks).await;
    }
    forget(context).await?;
    collect::run(context).await
}

/// Unfinished builds whose pause is over and that nobody is known to have in hand; of the others, those whose turn it is.
async fn wake_builds(context: &Context, turn: Turn) -> Result<(), DbErr> {
    for build in due::unfinished(context, unfinished(context)).await? {
        if build.is_due() || turn.is_of(build.id) {
            context.wake(Job::Advance(build.id)).await;
        }
    }
    Ok(())
}

/// Builds with more to do whose pause is over.
fn unfinished(context: &Context) -> Condition {
    use module_build::Column;
    let due = Condition::any().add(Column::RetryAt.is_null()).add(Column::RetryAt.lte(context.now()));
    let more_to_do = Condition::any()
        .add(Column::State.is_in([ModuleState::Init, ModuleState::Wait, ModuleState::Build]))
        .add(Column::State.eq(ModuleState::Done).and(Column::Scratch.ne(true).or(Column::Scratch.is_null())));
    Condition::all().add(due).add(more_to_do)
}

/// Builds that have ended and of which something is still to be removed. Those that have only just ended are cleaned up already, so
/// each has its turn.
async fn wake_clean_up(context: &Context, turn: Turn) -> Result<(), DbErr> {
    use module_build::{Column, Entity};
    // Word for word the condition of the index.
    let ids: Vec<i32> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Expr::cust("clean_up IN (1, 2)"))
        .order_by_asc(Column::Id)
        .limit(CLEAN_UPS)
        .into_tuple()
        .all(&context.db)
        .await?;
    for id in ids.into_iter().filter(|id| turn.is_of(*id)) {
        context.wake(Job::CleanUpModule(id)).await;
    }
    Ok(())
}

/// Components that are being built according to the database, but by nobody; and those of builds that have ended.
async fn wake_components(context: &Context) -> Result<(), DbErr> {
    use component_build::{Column, Entity};
    let building: Vec<(i32, i32, ModuleState)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::ModuleId])
        .column(module_build::Column::State)
        .inner_join(module_build::Entity)
        .filter(Column::State.eq(ComponentState::Building))
        .into_tuple()
        .all(&context.db)
        .await?;
    if building.is_empty() {
        return Ok(());
    }
    let held = held_leases(context, "component:").await?;
    for (id, module_id, state) in building {
        if state != ModuleState::Build {
            context.wake(Job::Advance(module_id)).await;
        } else if !held.contains(&format!("component:{id}")) {
            context.wake(Job::BuildComponent(id)).await;
        }
    }
    Ok(())
}

/// Names of leases that somebody holds.
pub async fn held_leases(context: &Context, prefix: &str) -> Result<HashSet<String>, DbErr> {
    use lease::{Column, Entity};
    let names: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Name)
        .filter(Column::Name.starts_with(prefix))
        .filter(Column::ExpiresAt.gt(context.now()))
        .into_tuple()
        .all(&context.db)
        .await?;
    Ok(names.into_iter().collect())
}

async fn waiting_messages(context: &Context) -> Result<bool, DbErr> {
    use outbox::{Column, Entity};
    let waiting = Condition::any().add(Column::TimePublished.is_null()).add(Column::Number.is_null());
    Ok(Entity::find().filter(waiting).limit(1).count(&context.db).await? > 0)
}

/// What nobody will ask for again: done jobs, old published messages, old keys of submissions, who changed what long ago, leases on what has
/// ended.
async fn forget(context: &Context) -> Result<(), JobError> {
    let now = context.now();
    feed::forget(&context.db, now - context.settings.keep_messages).await?;
    webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::TimeEnded.lt(now - context.settings.keep_messages))
        .exec(&context.db)
        .await?;
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::TimeCreated.lt(now - context.settings.keep_idempotency_keys))
        .exec(&context.db)
        .await?;
    if let Some(keep) = context.settings.keep_audit {
        audit_event::Entity::delete_many().filter(audit_event::Column::Time.lt(now - keep)).exec(&context.db).await?;
    }
    lease::Entity::delete_many()
        .filter(lease::Column::ExpiresAt.lt(now - chrono::TimeDelta::days(1)))
        .exec(&context.db)
        .await?;
    if let Err(error) = context.queue.sweep().await {
        tracing::debug!(%error, "the queue was not swept");
    }
    Ok(())
}
