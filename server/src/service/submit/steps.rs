//! What is due for each document of a submission. A dry run shows it, a submission carries it out.

use entities::{ModuleState, module_build};
use modulemd::ModuleStream;
use modulemd::contexts::{self, Contexts};
use modulemd::submission::{check_dashes, check_source_branch};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait, DbBackend, QueryOrder, QuerySelect};

use super::expand::refused;
use super::prepare::Prepared;
use super::resume;
use super::write::WriteError;
use crate::App;
use crate::service::ServiceError;

/// What is due for one document.
pub enum Step {
    /// A new build.
    Create(Box<New>),
    /// A build that failed goes on.
    Resume(Box<module_build::Model>),
    /// The build exists.
    Nothing(Box<module_build::Model>),
}

/// A build to be made.
pub struct New {
    /// Its document, with its final context.
    pub document: ModuleStream,
    /// Hashes over what it requires.
    pub contexts: Contexts,
}

/// How builds that exist are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// They are only looked at.
    Look,
    /// Nobody else changes them before the transaction ends.
    Hold,
}

/// What is due for each document, in their order. Refused where nothing is: then the submission is a conflict.
pub async fn decide<C: ConnectionTrait>(
    app: &App,
    db: &C,
    prepared: &Prepared,
    reading: Reading,
) -> Result<Vec<Step>, WriteError> {
    let known = Known::read(db, prepared, reading).await?;
    let steps = prepared.documents.iter().map(|document| step(app, prepared, &known, document));
    let steps = steps.collect::<Result<Vec<_>, _>>()?;
    if prepared.only_resume {
        only_resumes(&steps)?;
    }
    let existing = steps.iter().map(|step| match step {
        Step::Nothing(build) => Some(build.state),
        Step::Create(_) | Step::Resume(_) => None,
    });
    match existing.collect::<Option<Vec<_>>>().as_deref() {
        Some([.., state]) => Err(already_exists(*state).into()),
        _ => Ok(steps),
    }
}

fn only_resumes(steps: &[Step]) -> Result<(), ServiceError> {
    let makes = steps.iter().any(|step| matches!(step, Step::Create(_)));
    if makes || !steps.iter().any(|step| matches!(step, Step::Resume(_))) {
        let message = "Nothing of this has failed and could go on; `submit` makes new builds.";
        return Err(ServiceError::Conflict(message.to_owned()));
    }
    Ok(())
}

fn step(app: &App, prepared: &Prepared, known: &Known, document: &ModuleStream) -> Result<Step, ServiceError> {
    match known.build(document) {
        Some(build) if build.state == ModuleState::Failed => {
            resume::check(&prepared.params, build)?;
            Ok(Step::Resume(Box::new(build.clone())))
        }
        Some(build) => Ok(Step::Nothing(Box::new(build.clone()))),
        None => new(app, prepared, known, document).map(|new| Step::Create(Box::new(new))),
    }
}

fn new(app: &App, prepared: &Prepared, known: &Known, document: &ModuleStream) -> Result<New, ServiceError> {
    check_branch(app, prepared)?;
    let mut document = document.clone();
    document.context = Some(format!("{}{}", context(&document), known.scratch_suffix(&document)));
    if !app.config.rest.allow_dashes_in_svc {
        check_dashes(&document).map_err(|error| refused(&error))?;
    }
    let contexts = contexts::contexts(&document, &app.config.expansion.base_module_names);
    Ok(New { document, contexts })
}

fn check_branch(app: &App, prepared: &Prepared) -> Result<(), ServiceError> {
    match prepared.params.branch.as_ref().filter(|_| !prepared.params.scratch) {
        Some(branch) => {
            check_source_branch(branch, &app.config.rest.scratch_build_only_branches).map_err(|error| refused(&error))
        }
        None => Ok(()),
    }
}

/// Builds that exist already, for all documents of a submission.
enum Known {
    /// Of the same name, stream, version and context.
    Builds(Vec<module_build::Model>),
    /// Name, stream, version and context of scratch builds of the same version.
    Scratch(Vec<(String, String, String, String)>),
}

impl Known {
    async fn read<C: ConnectionTrait>(db: &C, prepared: &Prepared, reading: Reading) -> Result<Self, DbErr> {
        use module_build::{Column, Entity};
        let documents = &prepared.documents;
        let same_version = Entity::find()
            .filter(Column::Name.is_in(values(documents, |document| document.name().to_owned())))
            .filter(Column::Stream.is_in(values(documents, |document| document.stream().to_owned())))
            .filter(Column::Version.is_in(values(documents, |document| document.version.to_string())));
        if prepared.params.scratch {
            let identity = [Column::Name, Column::Stream, Column::Version, Column::Context];
            let scratch = same_version.filter(Column::Scratch.eq(true)).select_only().columns(identity);
            return Ok(Self::Scratch(scratch.into_tuple().all(db).await?));
        }
        let mut same = same_version
            .filter(Column::Context.is_in(values(documents, |document| context(document).to_owned())))
            .order_by_asc(Column::Id);
        if reading == Reading::Hold && db.get_database_backend() == DbBackend::Postgres {
            same = same.lock(LockType::NoKeyUpdate);
        }
        Ok(Self::Builds(same.all(db).await?))
    }

    /// The build that a document describes; a scratch build is always a new one.
    fn build(&self, document: &ModuleStream) -> Option<&module_build::Model> {
        let Self::Builds(builds) = self else { return None };
        let version = document.version.to_string();
        builds.iter().find(|build| {
            let (name, stream) = (document.name(), document.stream());
            build.name == name
                && build.stream == stream
                && build.version == version
                && build.context == context(document)
        })
    }

    /// Every scratch build of the same module is one of its own: its context counts them.
    fn scratch_suffix(&self, document: &ModuleStream) -> String {
        let Self::Scratch(builds) = self else { return String::new() };
        let own_version = document.version.to_string();
        let earlier = builds.iter().filter(|(name, stream, version, other)| {
            name == document.name()
                && stream == document.stream()
                && *version == own_version
                && other.starts_with(context(document))
        });
        format!("_{}", earlier.count() + 1)
    }
}

/// What the documents have in one place, each once.
fn values(documents: &[ModuleStream], value: impl Fn(&ModuleStream) -> String) -> Vec<String> {
    let mut values: Vec<_> = documents.iter().map(value).collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn context(document: &ModuleStream) -> &str {
    document.context.as_deref().unwrap_or_default()
}

/// There is nothing to do: this is where the build stands.
fn already_exists(state: ModuleState) -> ServiceError {
    ServiceError::Conflict(format!(
        "Module (state={}) already exists. Only a new build, resubmission of a failed build or build against new \
         buildrequirements is allowed.",
        state.number()
    ))
}
