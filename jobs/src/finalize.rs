//! Publishes a module whose components are all built.

use builders::Stop;
use entities::lease::Lease;
use entities::{ModuleState, component_build, db, module_build, transition};
use modulemd::plan::{Action, plan};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::holding::{always, holding};
use crate::{Context, Job, JobError, advance, measure, rows};

/// Runs the job for the module build with this id.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let lease = format!("module:{id}");
    let done = holding(context, &lease, always, |lease, stop| publish(context, lease, stop, id)).await?;
    // Also where there was nothing to do: whoever came meanwhile with something to do found the lease taken.
    if done.is_some() {
        advance::run(context, id).await?;
    }
    if done == Some(true) {
        context.announce().await;
        context.wake(Job::CleanUpModule(id)).await;
    }
    Ok(())
}

/// True if it was published.
async fn publish(context: &Context, lease: Lease, _stop: Stop, id: i32) -> Result<bool, JobError> {
    let build = rows::module(&context.db, id).await?;
    let components = rows::components(&context.db, id).await?;
    if plan(&rows::snapshot(context, &build, &components, 0)) != [Action::Finalize] {
        return Ok(false);
    }
    let module = rows::module_ref(context, &build).await?;
    let packages = rows::built(&context.db, &components).await?;
    context.builder.finalize(&module, &packages).await?;
    record(context, &lease, &build, &components).await?;
    Ok(true)
}

async fn record(
    context: &Context,
    lease: &Lease,
    build: &module_build::Model,
    components: &[component_build::Model],
) -> Result<(), JobError> {
    use component_build::{Column, Entity};
    let published = components.iter().filter(|row| !row.unpublished()).map(|row| row.id);
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    for (column, ids) in [
        (Column::Tagged, components.iter().map(|row| row.id).collect::<Vec<_>>()),
        (Column::TaggedInFinal, published.collect()),
    ] {
        Entity::update_many().col_expr(column, Expr::value(true)).filter(Column::Id.is_in(ids)).exec(&tx).await?;
    }
    let has_gate = context.gate.is_some();
    transition::module(&tx, context.now(), build, ModuleState::Done, None, |row| {
        // From here on it says what the gate waits for.
        if has_gate {
            row.state_reason = Set(None);
        }
    })
    .await?;
    tx.commit().await?;
    measure::build_succeeded();
    Ok(())
}
