//! Importing over the API.

use jobs::Job;
use serde_json::{Map, Value};

use super::{Imported, import_document};
use crate::App;
use crate::auth::Importer;
use crate::service::submit::source;
use crate::service::{ServiceError, params};

/// Imports the document of the commit that `scmurl` names. The other parameters of a submission have no effect, but those that
/// would be refused there are refused here.
pub async fn import_from_scm(
    app: &App,
    asker: &Importer,
    given: &Map<String, Value>,
) -> Result<Imported, ServiceError> {
    let granted = asker.granted(app)?;
    params::refuse_nul(given)?;
    params::scratch(given, &app.config)?;
    let url = source::scmurl(app, given)?;
    source::refuse_overrides(given)?;
    let document = source::as_committed(app, &url).await?;
    let imported = import_document(&app.db, &app.clock, &app.config, &granted.user().name, document).await?;
    app.wake([Job::PublishMessages]);
    Ok(imported)
}
