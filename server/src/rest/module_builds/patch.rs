//! `PATCH …/module-builds/{id}`: cancelling a build, and changing its priority.

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::{Map, Value};

use super::view::{Detail, View};
use crate::App;
use crate::audit::Action;
use crate::auth::Canceler;
use crate::rest::answer;
use crate::rest::body;
use crate::rest::failure::Failure;
use crate::rest::origin::Origin;
use crate::rest::query::{ApiVersion, Id};
use crate::service;

/// Cancels a build by `{"state": "failed"}`, or sets its priority by `{"priority": 10}`; answers with the build as it is then.
#[handler]
pub async fn change(
    app: Data<&App>,
    version: ApiVersion,
    id: Id,
    origin: &Origin,
    canceler: Canceler,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let wanted = match body::json(request, body, app.config.rest.max_request_bytes).await? {
        Value::Object(wanted) => wanted,
        // Asks for nothing, which is refused after it is known whether the build may be touched at all.
        _ => Map::new(),
    };
    let build = if wanted.contains_key("priority") {
        service::priority::patch(&app, &canceler, id.0, &wanted).await.map_err(|error| of_priority(error.into()))?
    } else {
        service::cancel::patch(&app, &canceler, id.0, &wanted).await.map_err(Failure::from)?
    };
    let view = View { detail: Detail::Verbose, origin, version };
    Ok(answer::json(StatusCode::OK, &view.body(&app.db, &build).await?))
}

/// A refusal to change a priority, which is audited as one.
fn of_priority(failure: Failure) -> poem::Error {
    let mut error = poem::Error::from(failure);
    error.set_data(Action::SetPriority);
    error
}
