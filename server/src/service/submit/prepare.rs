//! Everything that is checked and looked up before anything is written.

use std::sync::Arc;

use entities::module_build;
use modulemd::ModuleStream;
use sea_orm::entity::prelude::*;

use super::expand::{self, Expanded, Work};
use super::{Submission, source};
use crate::App;
use crate::auth::permission::Submit;
use crate::auth::{Granted, Submitter};
use crate::service::ServiceError;
use crate::service::params::{self, Params, Reuse};

/// A submission by somebody who may submit; its parameters are not looked at yet.
pub struct Admitted {
    by: Granted<Submit>,
    as_file: bool,
    scratch: (bool, Vec<String>),
}

impl Admitted {
    /// Whose builds they will be.
    pub fn owner(&self) -> &str {
        &self.by.user().name
    }
}

/// What is to be written: one document for each build.
pub struct Prepared {
    pub params: Params,
    pub owner: String,
    /// Build whose components are to be reused.
    pub reused: Option<i32>,
    /// What was passed over in the document, and what could not be found out, in sentences.
    pub notices: Vec<String>,
    /// At least one.
    pub documents: Vec<ModuleStream>,
    /// What the documents follow from.
    pub work: Arc<Work>,
    /// Only what failed before is to go on.
    pub only_resume: bool,
}

/// Whether this may be submitted at all, and by this user.
pub fn admit(app: &App, submitter: &Submitter, submission: &Submission) -> Result<Admitted, ServiceError> {
    params::refuse_nul(&submission.params)?;
    let scratch = params::scratch(&submission.params, &app.config)?;
    let as_file = submission.file.is_some() || submission.params.get("modulemd").is_some_and(|text| !text.is_null());
    if as_file && !scratch.0 && !app.config.rest.yaml_submit_allowed {
        return Err(ServiceError::Forbidden("YAML submission is not enabled".to_owned()));
    }
    let by = submitter.granted(app, submission.params.get("owner"))?;
    Ok(Admitted { by, as_file, scratch })
}

/// Checks the rest, fetches the document and expands its streams.
pub async fn prepare(app: &App, admitted: Admitted, submission: Submission) -> Result<Prepared, ServiceError> {
    if !admitted.as_file {
        source::check_scm_params(app, &submission.params)?;
    }
    let only_resume = submission.only_resume;
    let params = params::all(&submission.params, &app.config, admitted.scratch)?;
    let reused = reused_build(app, &params).await?;
    let mut source = if admitted.as_file {
        source::from_file(app, &params, submission.file.as_ref())?
    } else {
        source::from_scm(app, &params).await?
    };
    let mut notices = std::mem::take(&mut source.notices);
    let Expanded { documents, work } = expand::expand(app, source, &params).await?;
    notices.extend(work.notices());
    Ok(Prepared { params, owner: admitted.by.user().name.clone(), reused, notices, documents, work, only_resume })
}

async fn reused_build(app: &App, params: &Params) -> Result<Option<i32>, ServiceError> {
    use module_build::{Column, Entity};
    let query = match &params.reuse_components_from {
        None => return Ok(None),
        Some(Reuse::Id(id)) => Entity::find_by_id(*id),
        Some(Reuse::Nsvc(nsvc)) => Entity::find()
            .filter(Column::Name.eq(&nsvc.name))
            .filter(Column::Stream.eq(&nsvc.stream))
            .filter(Column::Version.eq(&nsvc.version))
            .filter(Column::Context.eq(&nsvc.context)),
    };
    let invalid = |what: &str| {
        Err(ServiceError::Invalid(format!("The module in the parameter \"reuse_components_from\" {what}")))
    };
    match query.one(&app.db).await? {
        None => invalid("could not be found"),
        Some(build) if build.state != entities::ModuleState::Ready => invalid("must be in the ready state"),
        Some(build) => Ok(Some(build.id)),
    }
}
