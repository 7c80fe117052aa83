//! `POST …/import-module/`: importing a module that was built elsewhere.

use entities::message;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Response, handler};
use serde_json::json;

use super::answer;
use super::failure::Failure;
use crate::App;
use crate::auth::Importer;
use crate::service::import::import_from_scm;
use crate::service::submit::Submission;

/// Imports the document of a commit, or brings the build that it describes up to date; answers with the build and with what
/// was done, in sentences.
#[handler]
pub async fn submit(app: Data<&App>, asker: Importer, submission: Submission) -> Result<Response, Failure> {
    let imported = import_from_scm(&app, &asker, &submission.params).await?;
    let module = message::module_with_ids(&app.db, &imported.build).await?;
    Ok(answer::json(StatusCode::CREATED, &json!({ "module": module, "messages": imported.messages })))
}
