//! Removes what nobody needs any more of a build that has ended: what only the running build needed, or everything
//! ([`module_build::CleanUp`]). That there is something to remove stands in the row from the moment that the build ended, so it is
//! removed even if every wake-up is lost.

use std::time::Duration;

use builders::BuilderError;
use entities::lease::Lease;
use entities::{CleanUp, ComponentState, ModuleState, component_build, db, module_build};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::holding::{always, holding};
use crate::upkeep::held_leases;
use crate::{Context, Job, JobError, build_log, rows};

/// Pause before it is looked again whether the last component has stopped.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs the job for the module build with this id. It holds the same lease as the steps of the build: a build that is resumed
/// meanwhile must not lose what its steps have just made.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let lease = format!("module:{id}");
    let cleaned = holding(context, &lease, always, |lease, _| clean_up(context, lease, id)).await?;
    if cleaned != Some(true) {
        context.wake_after(Job::CleanUpModule(id), PAUSE).await;
    }
    Ok(())
}

/// False if something of it is still running.
async fn clean_up(context: &Context, lease: Lease, id: i32) -> Result<bool, JobError> {
    let build = rows::module(&context.db, id).await?;
    let is_due = matches!(build.clean_up, CleanUp::Leftovers | CleanUp::Everything);
    if !is_due || matches!(build.state, ModuleState::Init | ModuleState::Wait | ModuleState::Build) {
        return Ok(true);
    }
    let components = rows::components(&context.db, id).await?;
    if is_running(context, &components).await? {
        return Ok(false);
    }
    match remove(context, &build, &components).await {
        // The build system will never be able to.
        Err(JobError::Fail { reason, .. }) => tracing::warn!(module_build = id, reason, "a build is not cleaned up"),
        other => other?,
    }
    match build.clean_up {
        CleanUp::Everything => build_log::remove(context, &build),
        _ => build_log::write(context, &build).await,
    }
    record(context, &lease, &build).await?;
    Ok(true)
}

async fn is_running(context: &Context, components: &[component_build::Model]) -> Result<bool, JobError> {
    if components.iter().any(|row| row.state == Some(ComponentState::Building)) {
        return Ok(true);
    }
    let held = held_leases(context, "component:").await?;
    Ok(components.iter().any(|row| held.contains(&format!("component:{}", row.id))))
}

async fn remove(
    context: &Context,
    build: &module_build::Model,
    components: &[component_build::Model],
) -> Result<(), JobError> {
    let module = rows::module_ref(context, build).await?;
    if !context.builder.capabilities().builds_in_place {
        cancel_tasks(context, components).await?;
    }
    if build.clean_up == CleanUp::Everything {
        let own = components.iter().filter(|row| row.reused_component_id.is_none());
        let own = rows::built(&context.db, own).await?;
        return Ok(context.builder.discard(&module, &own).await?);
    }
    context.builder.clean_up(&module).await?;
    // It may have been published in the moment in which it was cancelled.
    if build.state == ModuleState::Failed {
        context.builder.withdraw(&module).await?;
    }
    Ok(())
}

/// Of components that were stopped: their tasks would go on for nothing.
async fn cancel_tasks(context: &Context, components: &[component_build::Model]) -> Result<(), BuilderError> {
    let stopped = components.iter().filter(|row| row.state == Some(ComponentState::Canceled));
    for task in stopped.filter_map(|row| row.task_id) {
        context.builder.cancel(task.into()).await?;
    }
    Ok(())
}

async fn record(context: &Context, lease: &Lease, build: &module_build::Model) -> Result<(), JobError> {
    use module_build::{Column, Entity};
    let left = if build.clean_up == CleanUp::Everything { CleanUp::Gone } else { CleanUp::Nothing };
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    Entity::update_many()
        .col_expr(Column::CleanUp, Expr::value(left))
        .filter(Column::Id.eq(build.id))
        .filter(Column::State.eq(build.state))
        .filter(Column::Resumed.eq(build.resumed))
        .filter(Column::CleanUp.eq(build.clean_up))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
