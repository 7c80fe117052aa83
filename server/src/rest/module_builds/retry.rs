//! `POST …/module-builds/{id}/retry`: trying failed components again.

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};

use super::view::{Detail, View};
use crate::App;
use crate::auth::Retrier;
use crate::rest::answer;
use crate::rest::body;
use crate::rest::failure::Failure;
use crate::rest::origin::Origin;
use crate::rest::query::{ApiVersion, Id};
use crate::service;

/// Tries all failed components again, or those of `{"components": [<name>, …]}`, and answers with the build as it is then.
#[handler]
pub async fn try_again(
    app: Data<&App>,
    version: ApiVersion,
    id: Id,
    origin: &Origin,
    retrier: Retrier,
    request: &Request,
    body: Body,
) -> Result<Response, Failure> {
    let wanted = body::json(request, body, app.config.rest.max_request_bytes).await?;
    let build = service::retry::retry(&app, &retrier, id.0, &wanted).await?;
    let view = View { detail: Detail::Verbose, origin, version };
    Ok(answer::json(StatusCode::OK, &view.body(&app.db, &build).await?))
}
