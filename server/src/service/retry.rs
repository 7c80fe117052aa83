//! Trying failed components of a build again: all of them, or some. What was built is kept.

use std::collections::BTreeSet;

use entities::{ComponentState, ModuleState, component_build, db, module_build};
use jobs::{Job, rows};
use serde_json::{Map, Value};

use super::ServiceError;
use super::submit::resume;
use crate::App;
use crate::audit::{self, Action};
use crate::auth::Retrier;

/// Carries out a request to try components of build `id` again: `{"components": [<name>, …]}`, or `{}` for all that failed; with
/// `owner` in the name of somebody else where `NO_AUTH` is set. Components that are not named, and failed, stay as they are.
pub async fn retry(app: &App, retrier: &Retrier, id: i32, wanted: &Value) -> Result<module_build::Model, ServiceError> {
    let empty = Map::new();
    let granted = retrier.granted(app, wanted.as_object().unwrap_or(&empty).get("owner"))?;
    let tx = db::begin_write(&app.db).await?;
    let build = module_build::lock(&tx, id).await?.ok_or_else(not_found)?;
    granted.of_build(app, &build)?;
    let names = names(wanted)?;
    check_build(&build)?;
    let components = rows::components(&tx, id).await?;
    let chosen = chosen(&components, names.as_ref(), app.config.jobs.keep_going)?;
    let user = &granted.user().name;
    let reason = reason(user, names.as_ref());
    let wanted = |row: &component_build::Model| chosen.contains(&row.id);
    let build = resume::go_on(app, &tx, build, &reason, wanted).await.map_err(ServiceError::from)?;
    let noted = audit::done(&tx, app.clock.now(), user, Action::Retry, format!("module-builds/{id}")).await?;
    tx.commit().await?;
    noted.say();
    app.wake([Job::Advance(id), Job::PublishMessages]);
    Ok(build)
}

fn not_found() -> ServiceError {
    ServiceError::NotFound("No such module found.".to_owned())
}

/// `None` is all that failed.
fn names(wanted: &Value) -> Result<Option<BTreeSet<String>>, ServiceError> {
    let invalid = |message: &str| Err(ServiceError::Invalid(message.to_owned()));
    let Value::Object(wanted) = wanted else {
        return invalid("Invalid JSON submitted");
    };
    if let Some(unknown) = wanted.keys().find(|key| !["components", "owner"].contains(&key.as_str())) {
        return Err(ServiceError::Invalid(format!("\"{}\" is no parameter here", unknown.escape_debug())));
    }
    let list = match wanted.get("components") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) => list,
        Some(_) => return invalid("\"components\" has to be a list of names"),
    };
    if list.is_empty() {
        return invalid("\"components\" names no component; leave it out to try all that failed");
    }
    let names = list.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<BTreeSet<_>>>();
    match names {
        Some(names) => Ok(Some(names)),
        None => invalid("\"components\" has to be a list of names"),
    }
}

fn check_build(build: &module_build::Model) -> Result<(), ServiceError> {
    if build.state != ModuleState::Failed {
        return Err(ServiceError::Conflict(format!(
            "Build {} is {}; only components of a failed build can be tried again.",
            build.id,
            build.state.name()
        )));
    }
    Ok(())
}

/// Ids of the components that go again.
fn chosen(
    components: &[component_build::Model],
    names: Option<&BTreeSet<String>>,
    keep_going: bool,
) -> Result<BTreeSet<i32>, ServiceError> {
    let Some(names) = names else {
        return Ok(components.iter().map(|row| row.id).collect());
    };
    let is_named = |row: &&component_build::Model| names.contains(&row.package);
    let unknown: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| !components.iter().any(|row| row.package == *name)).collect();
    if !unknown.is_empty() {
        return Err(ServiceError::Invalid(format!("The build has no component {}.", unknown.join(", "))));
    }
    let names_of = |rows: Vec<&component_build::Model>| {
        rows.into_iter().map(|row| row.package.as_str()).collect::<Vec<_>>().join(", ")
    };
    let fine: Vec<_> = components.iter().filter(is_named).filter(|row| !is_unsuccessful(row)).collect();
    if !fine.is_empty() {
        return Err(ServiceError::Invalid(format!(
            "{} did not fail. What was built is kept, and what was not started goes on by itself.",
            names_of(fine)
        )));
    }
    let left: Vec<_> = components.iter().filter(|row| is_unsuccessful(row) && !is_named(row)).collect();
    if !left.is_empty() && !keep_going {
        return Err(ServiceError::Invalid(format!(
            "{} failed, too, and would end the build at once (KEEP_GOING is off); try all of them again.",
            names_of(left)
        )));
    }
    Ok(components.iter().filter(is_named).map(|row| row.id).collect())
}

fn is_unsuccessful(row: &component_build::Model) -> bool {
    !matches!(row.state, None | Some(ComponentState::Complete))
}

fn reason(user: &str, names: Option<&BTreeSet<String>>) -> String {
    match names {
        None => format!("Retried by {user}"),
        Some(names) => format!("Retried by {user}: {}", names.iter().cloned().collect::<Vec<_>>().join(", ")),
    }
}
