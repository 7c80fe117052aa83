//! Submitting a module: one document becomes one build for every combination of streams.

mod create;
mod expand;
mod resume;
pub(super) mod source;

use entities::{ModuleState, db, module_build};
use jobs::Job;
use modulemd::ModuleStream;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseTransaction, SqlErr};
use serde_json::{Map, Value};

use super::params::{self, Params, Reuse};
use super::{ServiceError, permission};
use crate::App;
use crate::auth::User;

/// What somebody submits: parameters, and the document where it came as a file.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// Members of the JSON object, or fields of the form.
    pub params: Map<String, Value>,
    /// The `yaml` file of a form.
    pub file: Option<UploadedFile>,
}

/// A file in a form.
#[derive(Clone, Debug)]
pub struct UploadedFile {
    /// Its name on the client; names a document that does not name itself.
    pub name: Option<String>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Submits a module; returns its builds. A build that failed before is resumed; one that exists otherwise is returned as it is,
/// and if that is all there is, it is a conflict.
pub async fn submit(app: &App, user: &User, submission: Submission) -> Result<Vec<module_build::Model>, ServiceError> {
    params::refuse_nul(&submission.params)?;
    let scratch = params::scratch(&submission.params, &app.config)?;
    let as_file = submission.file.is_some() || submission.params.get("modulemd").is_some_and(|text| !text.is_null());
    if as_file && !scratch.0 && !app.config.rest.yaml_submit_allowed {
        return Err(ServiceError::Forbidden("YAML submission is not enabled".to_owned()));
    }
    let user = permission::in_the_name_of(app, user, submission.params.get("owner"))?;
    permission::may_submit(app, &user)?;
    if !as_file {
        source::check_scm_params(app, &submission.params)?;
    }
    let params = params::all(&submission.params, &app.config, scratch)?;
    let reused = reused_build(app, &params).await?;
    let mut source = if as_file {
        source::from_file(app, &params, submission.file.as_ref())?
    } else {
        source::from_scm(app, &params).await?
    };
    let notices = std::mem::take(&mut source.notices);
    let documents = expand::expand(app, source, &params).await?;
    let request = Request { params: &params, owner: &user.name, reused, notices: &notices };
    let builds = write(app, &request, &documents).await?;
    let due = builds.iter().filter(|build| matches!(build.state, ModuleState::Init | ModuleState::Wait));
    app.wake(due.map(|build| Job::Advance(build.id)).chain([Job::PublishMessages]));
    Ok(builds)
}

/// What is written beside the document.
struct Request<'a> {
    params: &'a Params,
    owner: &'a str,
    reused: Option<i32>,
    notices: &'a [String],
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
        Some(build) if build.state != ModuleState::Ready => invalid("must be in the ready state"),
        Some(build) => Ok(Some(build.id)),
    }
}

/// All builds of a submission are written together or not at all.
async fn write(
    app: &App,
    request: &Request<'_>,
    documents: &[ModuleStream],
) -> Result<Vec<module_build::Model>, ServiceError> {
    let tx = db::begin_write(&app.db).await?;
    let mut builds: Vec<module_build::Model> = Vec::new();
    let mut existing = None;
    let mut changed = false;
    for document in documents {
        match write_one(app, &tx, request, document).await? {
            Written::New(build) => {
                changed = true;
                builds.push(build);
            }
            Written::Existing(build) => {
                existing = Some(build.state);
                if !builds.iter().any(|known| known.id == build.id) {
                    builds.push(build);
                }
            }
        }
    }
    if let (false, Some(state)) = (changed, existing) {
        return Err(already_exists(state));
    }
    tx.commit().await?;
    Ok(builds)
}

enum Written {
    /// Created or resumed.
    New(module_build::Model),
    /// It was there, and nothing is to be done.
    Existing(module_build::Model),
}

async fn write_one(
    app: &App,
    tx: &DatabaseTransaction,
    request: &Request<'_>,
    document: &ModuleStream,
) -> Result<Written, ServiceError> {
    let known = if request.params.scratch { None } else { create::find(tx, document).await? };
    match known {
        Some(build) if build.state == ModuleState::Failed => {
            resume::resume(app, tx, request, build).await.map(Written::New)
        }
        Some(build) => Ok(Written::Existing(build)),
        None => match create::create(app, tx, request, document).await {
            Err(create::CreateError::Service(error)) => Err(error),
            Err(create::CreateError::Database(error)) => Err(match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => already_exists(ModuleState::Init),
                _ => error.into(),
            }),
            Ok(build) => Ok(Written::New(build)),
        },
    }
}

fn already_exists(state: ModuleState) -> ServiceError {
    ServiceError::Conflict(format!(
        "Module (state={}) already exists. Only a new build, resubmission of a failed build or build against new \
         buildrequirements is allowed.",
        state.number()
    ))
}
