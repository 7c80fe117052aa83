//! Importing over the API: who may, and where the document comes from.

use jobs::Job;
use serde_json::{Map, Value};

use super::{Imported, import_document};
use crate::App;
use crate::auth::User;
use crate::service::submit::source;
use crate::service::{ServiceError, params, permission};

/// Refuses everybody where no group may import modules; looked at before it is known who is asking.
pub fn allowed(app: &App) -> Result<(), ServiceError> {
    if app.config.auth.allowed_groups_to_import_module.is_empty() {
        tracing::warn!("an import was refused: ALLOWED_GROUPS_TO_IMPORT_MODULE is empty");
        return Err(ServiceError::Forbidden("Import module API is disabled.".to_owned()));
    }
    Ok(())
}

/// Imports the document of the commit that `scmurl` names. The other parameters of a submission have no effect, but those that
/// would be refused there are refused here.
pub async fn import_from_scm(app: &App, user: &User, given: &Map<String, Value>) -> Result<Imported, ServiceError> {
    permission::may_import(app, user)?;
    params::refuse_nul(given)?;
    params::scratch(given, &app.config)?;
    let url = source::scmurl(app, given)?;
    source::refuse_overrides(given)?;
    let document = source::as_committed(app, &url).await?;
    let imported = import_document(&app.db, &app.clock, &app.config, document).await?;
    app.wake([Job::PublishMessages]);
    Ok(imported)
}
