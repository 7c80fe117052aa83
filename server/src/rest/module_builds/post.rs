//! `POST …/module-builds/`: submitting a module.

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::Value;

use super::view::{Detail, View};
use crate::App;
use crate::rest::answer;
use crate::rest::body;
use crate::rest::failure::Failure;
use crate::rest::origin::Origin;
use crate::rest::query::ApiVersion;
use crate::service;

/// Submits a module: a JSON object, or a form with the document as the file `yaml`. Version 1 answers with the first build,
/// version 2 with the list of all.
#[handler]
pub async fn submit(
    app: Data<&App>,
    version: ApiVersion,
    origin: &Origin,
    request: &Request,
    body: Body,
) -> Result<Response, Failure> {
    let submission = body::submission(request, body, app.config.rest.max_request_bytes).await?;
    let user = app.authenticator.authenticate(request.headers()).await?;
    let builds = service::submit::submit(&app, &user, submission).await?;
    let view = View { detail: Detail::Verbose, origin, version };
    let mut bodies = view.bodies(&app.db, &builds).await?;
    let body = match version.0 {
        1 if bodies.is_empty() => return Err(Failure::internal("a submission made no build")),
        1 => bodies.swap_remove(0),
        _ => Value::Array(bodies),
    };
    Ok(answer::json(StatusCode::CREATED, &body))
}
