//! `…/tokens/`: API tokens, which users make for their scripts.

use entities::api_token;
use entities::message::timestamp;
use poem::http::{HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::{Value, json};

use super::failure::Failure;
use super::query::{Id, Query};
use super::{answer, body};
use crate::App;
use crate::auth::Person;
use crate::service::tokens;

/// Tokens of who asks; of somebody else (`owner`) for administrators.
#[handler]
pub async fn list(app: Data<&App>, person: Person, query: Query) -> Result<Response, Failure> {
    let owner = query.all("owner").next();
    let tokens = tokens::list(&app, &person, owner).await?;
    let items: Vec<_> = tokens.iter().map(|row| shown(&app, row)).collect();
    Ok(private(answer::json(StatusCode::OK, &json!({ "items": items }))))
}

/// Makes one. The answer is the only place where it can be read.
#[handler]
pub async fn make(app: Data<&App>, person: Person, request: &Request, body: Body) -> Result<Response, Failure> {
    let Value::Object(wanted) = body::json(request, body, app.config.rest.max_request_bytes).await? else {
        return Err(Failure::invalid("Invalid JSON submitted"));
    };
    let made = tokens::make(&app, &person, &wanted).await?;
    let mut body = shown(&app, &made.row);
    body["token"] = json!(made.token);
    Ok(private(answer::json(StatusCode::CREATED, &body)))
}

/// Takes one back.
#[handler]
pub async fn revoke(app: Data<&App>, id: Id, person: Person) -> Result<Response, Failure> {
    let row = tokens::revoke(&app, &person, id.0).await?;
    Ok(private(answer::json(StatusCode::OK, &shown(&app, &row))))
}

fn shown(app: &App, row: &api_token::Model) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "owner": row.owner,
        "scopes": row.scopes.split(' ').collect::<Vec<_>>(),
        "good": row.is_good(app.clock.now()),
        "time_created": timestamp(row.time_created),
        "time_expires": timestamp(row.time_expires),
        "time_last_used": row.time_last_used.map(timestamp),
        "time_revoked": row.time_revoked.map(timestamp),
    })
}

/// Kept by nobody on the way.
pub(super) fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
