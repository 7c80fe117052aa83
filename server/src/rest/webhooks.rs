//! `…/webhooks/`, `…/webhook-deliveries/`: addresses that are told what happens.

use entities::message::timestamp;
use entities::{webhook, webhook_delivery};
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::query::{DEFAULT_PER_PAGE, Id, LARGEST_PAGE, Query};
use super::tokens::private;
use super::{answer, body};
use crate::App;
use crate::auth::Submitter;
use crate::service::webhooks::{self, Person};

/// Webhooks of who asks; of somebody else (`owner`) for administrators.
#[handler]
pub async fn list(app: Data<&App>, submitter: Submitter, query: Query) -> Result<Response, Failure> {
    let person = Person::of(&app, &submitter)?;
    let hooks = webhooks::list(&app, &person, query.given("owner")).await?;
    Ok(ok(&json!({ "items": hooks.iter().map(shown).collect::<Vec<_>>() })))
}

/// Makes one. The answer is the only place where its secret can be read.
#[handler]
pub async fn make(app: Data<&App>, submitter: Submitter, request: &Request, body: Body) -> Result<Response, Failure> {
    let person = Person::of(&app, &submitter)?;
    let hook = webhooks::make(&app, &person, &object(&app, request, body).await?).await?;
    let mut body = shown(&hook);
    body["secret"] = json!(hook.secret);
    Ok(private(answer::json(StatusCode::CREATED, &body)))
}

/// One of them.
#[handler]
pub async fn show(app: Data<&App>, id: Id, submitter: Submitter) -> Result<Response, Failure> {
    let person = Person::of(&app, &submitter)?;
    Ok(ok(&shown(&webhooks::show(&app, &person, id.0).await?)))
}

/// Switches it on or off.
#[handler]
pub async fn switch(
    app: Data<&App>,
    id: Id,
    submitter: Submitter,
    request: &Request,
    body: Body,
) -> Result<Response, Failure> {
    let person = Person::of(&app, &submitter)?;
    let wanted = object(&app, request, body).await?;
    Ok(ok(&shown(&webhooks::switch(&app, &person, id.0, &wanted).await?)))
}

/// Removes it.
#[handler]
pub async fn remove(app: Data<&App>, id: Id, submitter: Submitter) -> Result<Response, Failure> {
    let person = Person::of(&app, &submitter)?;
    Ok(ok(&shown(&webhooks::remove(&app, &person, id.0).await?)))
}

/// Its history.
#[handler]
pub async fn deliveries(app: Data<&App>, id: Id, submitter: Submitter, query: Query) -> Result<Response, Failure> {
    let person = Person::of(&app, &submitter)?;
    let per_page = query.given("per_page").and_then(|text| text.parse::<i64>().ok()).filter(|number| *number > 0);
    let per_page = per_page.unwrap_or(DEFAULT_PER_PAGE).min(LARGEST_PAGE).unsigned_abs();
    let wrong = || Failure::invalid("The \"before\" parameter takes the id of a delivery");
    let before = query.given("before").map(|text| text.parse::<i32>().map_err(|_| wrong())).transpose()?;
    let rows = webhooks::deliveries(&app, &person, id.0, before, per_page).await?;
    Ok(ok(&json!({ "items": rows.iter().map(delivery).collect::<Vec<_>>() })))
}

/// Sends one again.
#[handler]
pub async fn redeliver(app: Data<&App>, id: Id, submitter: Submitter) -> Result<Response, Failure> {
    let person = Person::of(&app, &submitter)?;
    let row = webhooks::redeliver(&app, &person, id.0).await?;
    Ok(private(answer::json(StatusCode::ACCEPTED, &delivery(&row))))
}

async fn object(app: &App, request: &Request, body: Body) -> Result<Map<String, Value>, Failure> {
    match body::json(request, body, app.config.rest.max_request_bytes).await? {
        Value::Object(wanted) => Ok(wanted),
        _ => Err(Failure::invalid("Invalid JSON submitted")),
    }
}

fn ok(body: &Value) -> Response {
    private(answer::json(StatusCode::OK, body))
}

/// Never its secret.
fn shown(hook: &webhook::Model) -> Value {
    json!({
        "id": hook.id,
        "owner": hook.owner,
        "url": hook.url,
        "events": serde_json::from_str::<Value>(&hook.filter).unwrap_or_default(),
        "position": hook.position,
        "active": hook.active,
        "reason": hook.reason,
        "time_created": timestamp(hook.time_created),
    })
}

fn delivery(row: &webhook_delivery::Model) -> Value {
    json!({
        "id": row.id,
        "webhook_id": row.webhook_id,
        "event": row.number,
        "event_id": row.event_id,
        "topic": row.topic,
        "state": row.state,
        "attempts": row.attempts,
        "status": row.status,
        "error": row.error,
        "duration_ms": row.duration_ms,
        "time_created": timestamp(row.time_created),
        "time_due": timestamp(row.time_due),
        "time_ended": row.time_ended.map(timestamp),
    })
}
