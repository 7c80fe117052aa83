//! `POST …/import-module/`: importing a module that was built elsewhere.

use entities::message;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::json;

use super::answer;
use super::body;
use super::failure::Failure;
use crate::App;
use crate::service::import::{allowed, import_from_scm};

/// Imports the document of a commit, or brings the build that it describes up to date; answers with the build and with what
/// was done, in sentences.
#[handler]
pub async fn submit(app: Data<&App>, request: &Request, body: Body) -> Result<Response, Failure> {
    allowed(&app)?;
    let user = app.authenticator.authenticate(request.headers()).await?;
    let submission = body::submission(request, body, app.config.rest.max_request_bytes).await?;
    let imported = import_from_scm(&app, &user, &submission.params).await?;
    let module = message::module_with_ids(&app.db, &imported.build).await?;
    Ok(answer::json(StatusCode::CREATED, &json!({ "module": module, "messages": imported.messages })))
}
