//! Validates a submitted module: its components exist, branches become commits, and every component gets its row.

mod arches;
mod commits;
mod components;
mod filtered;

use builders::Stop;
use entities::lease::Lease;
use entities::{ModuleState, db, derive, module_build, transition};
use futures::FutureExt;
use modulemd::ModuleStream;
use sea_orm::Set;

pub use arches::of as arches_of;
pub use components::{fill_in as complete_components, new_row};

use crate::holding::{always, holding};
use crate::{Context, Job, JobError, advance, rows};

/// Runs the job for the module build with this id.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let lease = format!("module:{id}");
    let validated = holding(context, &lease, always, |lease, stop| validate(context, lease, stop, id).boxed()).await?;
    if validated == Some(true) {
        context.wake(Job::PublishMessages).await;
        advance::run(context, id).await?;
    }
    Ok(())
}

/// True if the build went on to `wait`.
async fn validate(context: &Context, lease: Lease, _stop: Stop, id: i32) -> Result<bool, JobError> {
    let build = rows::module(&context.db, id).await?;
    if build.state != ModuleState::Init {
        return Ok(false);
    }
    let mut document = rows::document(&build)?;
    components::fill_in(&mut document, &context.settings)?;
    commits::fill_in(context, &build, &mut document).await?;
    filtered::fill_in(context, &mut document).await?;
    record(context, &lease, &build, &document).await?;
    Ok(true)
}

async fn record(
    context: &Context,
    lease: &Lease,
    build: &module_build::Model,
    document: &ModuleStream,
) -> Result<(), JobError> {
    let arches = arches::of(document, &context.settings);
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    arches::record(&tx, build.id, &arches).await?;
    components::record(context, &tx, build, document).await?;
    transition::module(&tx, context.now(), build, ModuleState::Wait, None, |row| {
        row.modulemd = Set(document.to_yaml());
        row.buildrequires_json = Set(Some(derive::buildrequires(document).to_string()));
    })
    .await?;
    tx.commit().await?;
    Ok(())
}
