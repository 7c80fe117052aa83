//! Cancelling a build: the only change of a build that users may ask for.

use entities::{ModuleState, db, module_build, transition};
use jobs::Job;
use sea_orm::entity::prelude::*;
use serde_json::{Map, Value};

use super::ServiceError;
use crate::App;
use crate::audit::{self, Action};
use crate::auth::permission::Cancel;
use crate::auth::{Canceler, Granted};

/// States in which a build can be cancelled.
const CANCELABLE: [ModuleState; 3] = [ModuleState::Build, ModuleState::Init, ModuleState::Wait];

/// The states that may be asked for.
pub const WANTED: [&str; 2] = ["failed", "4"];

/// Carries out a request to change build `id`: `{"state": "failed"}` cancels it, with `owner` in the name of somebody else where
/// `NO_AUTH` is set.
pub async fn patch(
    app: &App,
    canceler: &Canceler,
    id: i32,
    body: &Map<String, Value>,
) -> Result<module_build::Model, ServiceError> {
    let granted = canceler.granted(app, body.get("owner"))?;
    let build = module_build::Entity::find_by_id(id).one(&app.db).await?;
    let build = build.ok_or_else(not_found)?;
    granted.of_build(app, &build)?;
    check_state(body.get("state"))?;
    cancel(app, &granted, id).await
}

fn not_found() -> ServiceError {
    ServiceError::NotFound("No such module found.".to_owned())
}

fn check_state(state: Option<&Value>) -> Result<(), ServiceError> {
    match state {
        None | Some(Value::Null | Value::Bool(false)) => {
            Err(ServiceError::Invalid("Invalid JSON submitted".to_owned()))
        }
        Some(Value::String(state)) if state.is_empty() => {
            Err(ServiceError::Invalid("Invalid JSON submitted".to_owned()))
        }
        Some(Value::String(state)) if WANTED.contains(&state.as_str()) => Ok(()),
        Some(_) => Err(ServiceError::Invalid(format!(
            "An invalid state was submitted. Valid states values are: {}",
            WANTED.join(", ")
        ))),
    }
}

/// Fails the build; what of it is running is stopped within seconds.
async fn cancel(app: &App, by: &Granted<Cancel>, id: i32) -> Result<module_build::Model, ServiceError> {
    let now = app.clock.now();
    let reason = format!("Canceled by {}.", by.user().name);
    let tx = db::begin_write(&app.db).await?;
    let build = module_build::lock(&tx, id).await?.ok_or_else(not_found)?;
    if !CANCELABLE.contains(&build.state) {
        let names: Vec<_> = CANCELABLE.iter().map(|state| state.name()).collect();
        return Err(ServiceError::Invalid(format!(
            "To cancel a module build, it must be in one of the following states: {}",
            names.join(", ")
        )));
    }
    let build = transition::module(&tx, now, &build, ModuleState::Failed, Some(&reason), |_| {}).await?;
    let noted = audit::done(&tx, now, &by.user().name, Action::Cancel, format!("module-builds/{id}")).await?;
    tx.commit().await?;
    noted.say();
    jobs::measure::build_failed(jobs::measure::FailedBy::Unspecified);
    app.wake([Job::Advance(id), Job::PublishMessages, Job::CleanUpModule(id)]);
    Ok(build)
}
