//! The rows of a new build.

use entities::{ModuleState, derive, log_message, module_build, transition};
use modulemd::ModuleStream;
use modulemd::contexts::{self, Contexts};
use modulemd::submission::{check_dashes, check_source_branch};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseTransaction, PaginatorTrait, Set};

use super::Request;
use super::expand::refused;
use crate::App;
use crate::service::{ServiceError, import};

/// Why no row was made.
pub enum CreateError {
    /// It must not be.
    Service(ServiceError),
    /// The database refused it, or did not answer.
    Database(DbErr),
}

impl From<ServiceError> for CreateError {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<DbErr> for CreateError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// The build that this document describes, if it exists.
pub async fn find<C: ConnectionTrait>(db: &C, document: &ModuleStream) -> Result<Option<module_build::Model>, DbErr> {
    use module_build::{Column, Entity};
    Entity::find()
        .filter(Column::Name.eq(document.name()))
        .filter(Column::Stream.eq(document.stream()))
        .filter(Column::Version.eq(document.version.to_string()))
        .filter(Column::Context.eq(document.context.clone().unwrap_or_default()))
        .one(db)
        .await
}

/// Makes the row, its trace and the message about it, and links it to its base modules.
pub async fn create(
    app: &App,
    tx: &DatabaseTransaction,
    request: &Request<'_>,
    document: &ModuleStream,
) -> Result<module_build::Model, CreateError> {
    check_branch(app, request)?;
    let suffix = scratch_suffix(tx, request, document).await?;
    let mut document = document.clone();
    let context = format!("{}{suffix}", document.context.clone().unwrap_or_default());
    document.context = Some(context.clone());
    if !app.config.rest.allow_dashes_in_svc {
        check_dashes(&document).map_err(|error| refused(&error))?;
    }
    let contexts = contexts::contexts(&document, &app.config.expansion.base_module_names);
    let build = transition::create(tx, app.clock.now(), row(app, request, &document, context, contexts)).await?;
    import::link_base_modules(tx, build.id, &document, &app.config).await?;
    for notice in request.notices {
        log_message::write(tx, app.clock.now(), build.id, notice).await?;
    }
    Ok(build)
}

fn row(
    app: &App,
    request: &Request<'_>,
    document: &ModuleStream,
    context: String,
    contexts: Contexts,
) -> module_build::ActiveModel {
    let now = app.clock.now();
    let strategy = request.params.rebuild_strategy.as_ref().unwrap_or(&app.config.rest.rebuild_strategy);
    module_build::ActiveModel {
        name: Set(document.name().to_owned()),
        stream: Set(document.stream().to_owned()),
        version: Set(document.version.to_string()),
        context: Set(context),
        build_context: Set(Some(contexts.build_context)),
        build_context_no_bms: Set(Some(contexts.build_context_no_bms)),
        runtime_context: Set(Some(contexts.runtime_context)),
        state: Set(ModuleState::Init),
        modulemd: Set(document.to_yaml()),
        buildrequires_json: Set(Some(derive::buildrequires(document).to_string())),
        scmurl: Set(request.params.scmurl.clone()),
        scratch: Set(Some(request.params.scratch)),
        srpms: Set(Some(serde_json::json!(request.params.srpms).to_string())),
        owner: Set(request.owner.to_owned()),
        time_submitted: Set(now),
        time_modified: Set(Some(now)),
        rebuild_strategy: Set(strategy.clone()),
        reused_module_id: Set(request.reused),
        batch: Set(Some(0)),
        retries: Set(0),
        resumed: Set(0),
        ..Default::default()
    }
}

/// Every scratch build of the same module is one of its own: its context counts them.
async fn scratch_suffix(
    tx: &DatabaseTransaction,
    request: &Request<'_>,
    document: &ModuleStream,
) -> Result<String, DbErr> {
    use module_build::{Column, Entity};
    if !request.params.scratch {
        return Ok(String::new());
    }
    let earlier = Entity::find()
        .filter(Column::Name.eq(document.name()))
        .filter(Column::Stream.eq(document.stream()))
        .filter(Column::Version.eq(document.version.to_string()))
        .filter(Column::Scratch.eq(true))
        .filter(Column::Context.starts_with(document.context.clone().unwrap_or_default()))
        .count(tx)
        .await?;
    Ok(format!("_{}", earlier + 1))
}

fn check_branch(app: &App, request: &Request<'_>) -> Result<(), ServiceError> {
    match request.params.branch.as_ref().filter(|_| !request.params.scratch) {
        Some(branch) => {
            check_source_branch(branch, &app.config.rest.scratch_build_only_branches).map_err(|error| refused(&error))
        }
        None => Ok(()),
    }
}
