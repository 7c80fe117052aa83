//! Removes what only the running build needed, once nothing of it runs any more.

use std::time::Duration;

use entities::ModuleState;

use crate::upkeep::held_leases;
use crate::{Context, Job, JobError, rows};

/// Pause before it is looked again whether the last component has stopped.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs the job for the module build with this id.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let build = rows::module(&context.db, id).await?;
    if ModuleState::UNFINISHED.contains(&build.state) && build.state != ModuleState::Done {
        return Ok(());
    }
    let held = held_leases(context, "component:").await?;
    let components = rows::components(&context.db, id).await?;
    if components.iter().any(|row| held.contains(&format!("component:{}", row.id))) {
        context.wake_after(Job::CleanUpModule(id), PAUSE).await;
        return Ok(());
    }
    let module = rows::module_ref(context, &build).await?;
    Ok(context.builder.clean_up(&module).await?)
}
