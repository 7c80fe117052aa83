//! Removes what only the running build needed, once nothing of it runs any more.

use std::time::Duration;

use entities::ModuleState;

use crate::holding::{always, holding};
use crate::upkeep::held_leases;
use crate::{Context, Job, JobError, rows};

/// Pause before it is looked again whether the last component has stopped.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs the job for the module build with this id. It holds the same lease as the steps of the build: a build that is resumed
/// meanwhile must not lose what its steps have just made.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let lease = format!("module:{id}");
    let cleaned = holding(context, &lease, always, |_, _| clean_up(context, id)).await?;
    if cleaned != Some(true) {
        context.wake_after(Job::CleanUpModule(id), PAUSE).await;
    }
    Ok(())
}

/// False if something of it is still running.
async fn clean_up(context: &Context, id: i32) -> Result<bool, JobError> {
    let build = rows::module(&context.db, id).await?;
    if matches!(build.state, ModuleState::Init | ModuleState::Wait | ModuleState::Build) {
        return Ok(true);
    }
    let held = held_leases(context, "component:").await?;
    let components = rows::components(&context.db, id).await?;
    if components.iter().any(|row| held.contains(&format!("component:{}", row.id))) {
        return Ok(false);
    }
    let module = rows::module_ref(context, &build).await?;
    context.builder.clean_up(&module).await?;
    Ok(true)
}
