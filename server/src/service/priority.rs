//! The priority of a build: whose components are started first, where not all can be.

use entities::{db, module_build};
use jobs::Job;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel as _, Set};
use serde_json::{Map, Value};

use super::ServiceError;
use crate::App;
use crate::audit::{self, Action, Noted};
use crate::auth::Canceler;

/// The lowest and the highest. 0 is usual, below 0 is work in the background.
pub const RANGE: std::ops::RangeInclusive<i32> = -100..=100;

/// Carries out a request to change build `id` by `{"priority": 10}`. Administrators may set any; owners may lower that of their
/// own builds.
pub async fn patch(
    app: &App,
    asker: &Canceler,
    id: i32,
    body: &Map<String, Value>,
) -> Result<module_build::Model, ServiceError> {
    let granted = asker.granted(app, body.get("owner"))?;
    let build = module_build::Entity::find_by_id(id).one(&app.db).await?.ok_or_else(not_found)?;
    granted.of_build(app, &build)?;
    if body.contains_key("state") {
        return Err(ServiceError::Invalid("Ask for either \"state\" or \"priority\", not for both".to_owned()));
    }
    let priority = wanted(body.get("priority"))?;
    let may_raise = granted.is_admin(app);
    let (build, noted) = set(&app.db, app.clock.now(), &granted.user().name, id, priority, may_raise).await?;
    noted.say();
    app.wake([Job::Advance(id)]);
    Ok(build)
}

/// The same for who runs commands on the host.
pub async fn set_by_operator(
    db: &DatabaseConnection,
    now: DateTime,
    operator: &str,
    id: i32,
    priority: i32,
) -> Result<module_build::Model, ServiceError> {
    let priority = wanted(Some(&priority.into()))?;
    let (build, noted) = set(db, now, operator, id, priority, true).await?;
    noted.say();
    Ok(build)
}

fn not_found() -> ServiceError {
    ServiceError::NotFound("No such module found.".to_owned())
}

fn wanted(priority: Option<&Value>) -> Result<i32, ServiceError> {
    let number = priority.and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok());
    number.filter(|number| RANGE.contains(number)).ok_or_else(|| {
        ServiceError::Invalid(format!(
            "The priority has to be a whole number from {} to {}",
            RANGE.start(),
            RANGE.end()
        ))
    })
}

async fn set(
    db: &DatabaseConnection,
    now: DateTime,
    user: &str,
    id: i32,
    priority: i32,
    may_raise: bool,
) -> Result<(module_build::Model, Noted), ServiceError> {
    let tx = db::begin_write(db).await?;
    let build = module_build::lock(&tx, id).await?.ok_or_else(not_found)?;
    if priority > build.priority && !may_raise {
        let sentence = "Only administrators may raise the priority of a build; its owner may lower it.";
        return Err(ServiceError::Forbidden(sentence.to_owned()));
    }
    let mut row = build.into_active_model();
    row.priority = Set(priority);
    // By this, everybody who has read the build finds that it has changed.
    row.time_modified = Set(Some(now));
    let build = row.update(&tx).await?;
    let noted = audit::done(&tx, now, user, Action::SetPriority, format!("module-builds/{id}")).await?;
    tx.commit().await?;
    Ok((build, noted))
}
