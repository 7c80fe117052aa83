//! `POST …/module-builds/{id}/gate`: whether a build that is done may become ready.

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::Value;

use super::failure::Failure;
use super::module_builds::{Detail, View};
use super::origin::Origin;
use super::query::{ApiVersion, Id};
use super::{answer, body};
use crate::App;
use crate::auth::Gatekeeper;
use crate::service;

/// Opens the gate by `{"open": true}`, or says why it stays closed; answers with the build as it is then.
#[handler]
pub async fn submit(
    app: Data<&App>,
    version: ApiVersion,
    id: Id,
    origin: &Origin,
    gatekeeper: Gatekeeper,
    request: &Request,
    body: Body,
) -> Result<Response, Failure> {
    let Value::Object(said) = body::json(request, body, app.config.rest.max_request_bytes).await? else {
        return Err(Failure::invalid("Invalid JSON submitted"));
    };
    let build = service::gate::answer(&app, &gatekeeper, id.0, &said).await?;
    let view = View { detail: Detail::Verbose, origin, version };
    Ok(answer::json(StatusCode::OK, &view.body(&app.db, &build).await?))
}
