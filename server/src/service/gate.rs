//! Answering for the gate: an outside system (or an administrator) says whether a build that is done may become ready.

use entities::{ModuleState, db, log_message, module_build};
use jobs::Job;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use serde_json::{Map, Value};

use super::ServiceError;
use crate::App;
use crate::audit::{self, Action};
use crate::auth::permission::OpenGate;
use crate::auth::{Gatekeeper, Granted};

/// Longest reason, in characters.
const LONGEST_REASON: usize = 1000;

/// What is said about a build.
struct Said {
    open: bool,
    reason: Option<String>,
}

/// Carries out `{"open": true}`, or notes `{"open": false, "reason": "…"}` as what build `id` waits for.
pub async fn answer(
    app: &App,
    gatekeeper: &Gatekeeper,
    id: i32,
    body: &Map<String, Value>,
) -> Result<module_build::Model, ServiceError> {
    let granted = gatekeeper.granted(app)?;
    let said = read(body)?;
    write(app, &granted, id, &said).await
}

fn read(body: &Map<String, Value>) -> Result<Said, ServiceError> {
    let invalid = |message: &str| Err(ServiceError::Invalid(message.to_owned()));
    if let Some(unknown) = body.keys().find(|key| !["open", "reason"].contains(&key.as_str())) {
        return Err(ServiceError::Invalid(format!("Only \"open\" and \"reason\" can be said, not {unknown:?}")));
    }
    let Some(Value::Bool(open)) = body.get("open") else {
        return invalid("\"open\" has to be true or false");
    };
    let reason = match body.get("reason") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.contains('\0') => return invalid("The \"reason\" holds a NUL character"),
        Some(Value::String(text)) if text.chars().count() > LONGEST_REASON => {
            return Err(ServiceError::Invalid(format!("The \"reason\" is longer than {LONGEST_REASON} characters")));
        }
        Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
        Some(_) => return invalid("\"reason\" has to be a text"),
    };
    Ok(Said { open: *open, reason })
}

async fn write(app: &App, by: &Granted<OpenGate>, id: i32, said: &Said) -> Result<module_build::Model, ServiceError> {
    let (now, user) = (app.clock.now(), &by.user().name);
    let tx = db::begin_write(&app.db).await?;
    let missing = || ServiceError::NotFound("No such module found.".to_owned());
    let build = module_build::lock(&tx, id).await?.ok_or_else(missing)?;
    if build.state != ModuleState::Done || build.is_scratch() {
        return Err(ServiceError::Conflict(format!(
            "Only a build that is done and waits for its gate can be answered for; this one is {}",
            if build.is_scratch() { "a scratch build" } else { build.state.name() }
        )));
    }
    let word = if said.open { "opened" } else { "kept closed" };
    let sentence = match &said.reason {
        Some(reason) => format!("The gate was {word} by {user}: {reason}"),
        None => format!("The gate was {word} by {user}."),
    };
    log_message::write(&tx, now, id, &sentence).await?;
    if said.open {
        jobs::gate::ask::open(&tx, now, &build).await?;
    } else {
        wait(&tx, app, id, &sentence).await?;
    }
    let noted = audit::done(&tx, now, user, Action::AnswerForGate, format!("module-builds/{id}")).await?;
    let build = module_build::Entity::find_by_id(id).one(&tx).await?.ok_or_else(missing)?;
    tx.commit().await?;
    noted.say();
    app.wake([Job::PublishMessages]);
    Ok(build)
}

async fn wait<C: ConnectionTrait>(tx: &C, app: &App, id: i32, reason: &str) -> Result<(), DbErr> {
    use module_build::{Column, Entity};
    let interval = chrono::TimeDelta::from_std(app.config.gate.interval).unwrap_or_default();
    Entity::update_many()
        .col_expr(Column::StateReason, Expr::value(reason))
        .col_expr(Column::RetryAt, Expr::value(app.clock.now() + interval))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}
