//! Importing modules that were built elsewhere, base modules above all.

mod links;
mod request;

use std::collections::BTreeSet;

use entities::clock::Clock;
use entities::db::Transaction;
use entities::{CleanUp, ModuleState, db, derive, module_build, transition};
use modulemd::yaml::Node;
use modulemd::{Limits, ModuleStream, Nsvc, read, version};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IntoActiveModel, Set, SqlErr};

pub use links::link_base_modules;
pub use request::import_from_scm;

use super::ServiceError;
use crate::audit::{self, Action};
use crate::config::Config;

/// Context of modules that were not built by the service.
const DEFAULT_CONTEXT: &str = "00000000";

/// What an import did.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The build as it is now.
    pub build: module_build::Model,
    /// What was done, in sentences.
    pub messages: Vec<String>,
}

/// Imports the text of a document, or brings the build that it describes up to date. `by` is who does it.
pub async fn import(
    db: &DatabaseConnection,
    clock: &Clock,
    config: &Config,
    by: &str,
    text: &str,
) -> Result<Imported, ServiceError> {
    let document = read::read_stream(text, &Limits::default()).map_err(|error| {
        unprocessable(format!(
            "The modulemd is invalid. The error was:\n'{error}'\nPlease verify the syntax is correct."
        ))
    })?;
    import_document(db, clock, config, by, document).await
}

/// The same for a document that was read.
async fn import_document(
    db: &DatabaseConnection,
    clock: &Clock,
    config: &Config,
    by: &str,
    mut document: ModuleStream,
) -> Result<Imported, ServiceError> {
    let nsvc = complete(&mut document)?;
    check_base_module(&nsvc, &document, config)?;
    let virtual_streams = virtual_streams(&document)?;
    check_buildrequires(&mut document)?;
    let mut messages = Vec::new();
    let tx = db::begin_write(db).await?;
    one_at_a_time(&tx).await?;
    let known = hold(&tx, &nsvc).await?;
    if known.is_some() {
        messages.push(format!("Updating existing module build {nsvc}."));
    }
    let build = write(&tx, clock, config, &nsvc, &document, known).await?;
    links::link_virtual_streams(&tx, build.id, &virtual_streams).await?;
    link_base_modules(&tx, build.id, &document, config).await?;
    let noted = audit::done(&tx, clock.now(), by, Action::Import, format!("module-builds/{}", build.id)).await?;
    tx.commit().await?;
    noted.say();
    messages.push(format!("Module {nsvc} imported"));
    Ok(Imported { build, messages })
}

/// Two imports of one module must find each other's row, and two that share a virtual stream must not take it from under each
/// other. SQLite has one writer at a time anyhow; only imports write the table that is locked here.
async fn one_at_a_time<C: ConnectionTrait>(tx: &C) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("LOCK TABLE virtual_streams IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    Ok(())
}

/// What the database has to have and an imported document may lack.
fn complete(document: &mut ModuleStream) -> Result<Nsvc, ServiceError> {
    if document.mbs().is_none() {
        document.mbs_mut().insert("mse".to_owned(), Node::Bool(true));
    }
    let context = document.context.get_or_insert_with(|| DEFAULT_CONTEXT.to_owned()).clone();
    match (&document.name, &document.stream) {
        (Some(name), Some(stream)) => Ok(Nsvc::new(name, stream, document.version.to_string(), context)),
        _ => Err(unprocessable("Both the name and stream must be set for the modulemd being imported.")),
    }
}

/// The stream (or its marking) becomes part of the release of packages, where no dash may be.
fn check_base_module(nsvc: &Nsvc, document: &ModuleStream, config: &Config) -> Result<(), ServiceError> {
    if !config.expansion.base_module_names.contains(&nsvc.name) {
        return Ok(());
    }
    let marking = document.mbs().and_then(|mbs| mbs.get("disttag_marking")).and_then(Node::as_str);
    match marking.filter(|marking| !marking.is_empty()) {
        Some(marking) if marking.contains('-') => Err(unprocessable("The disttag_marking cannot contain a dash")),
        None if nsvc.stream.contains('-') => {
            Err(unprocessable("The stream cannot contain a dash unless disttag_marking is set"))
        }
        _ => Ok(()),
    }
}

fn virtual_streams(document: &ModuleStream) -> Result<BTreeSet<String>, ServiceError> {
    let wrong = || unprocessable("The virtual streams must be a list of strings");
    match document.mbs().and_then(|mbs| mbs.get("virtual_streams")) {
        None => Ok(BTreeSet::new()),
        Some(Node::Text(text)) if text.is_empty() => Ok(BTreeSet::new()),
        Some(node) => {
            let list = node.as_list().ok_or_else(wrong)?;
            list.iter().map(|name| name.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
    }
}

fn check_buildrequires(document: &mut ModuleStream) -> Result<(), ServiceError> {
    if document.dependencies.len() > 1 {
        return Err(unprocessable("The imported module's dependencies list should contain just one element"));
    }
    let needed: Vec<String> =
        document.dependencies.iter().flat_map(|block| block.buildrequires.keys().cloned()).collect();
    let given = document.mbs_mut().entry("buildrequires".to_owned()).or_default().as_map_mut();
    if needed.iter().all(|name| given.contains_key(name)) {
        return Ok(());
    }
    Err(unprocessable(
        "The imported module buildrequires other modules, but the metadata in the xmd[\"mbs\"][\"buildrequires\"] dictionary \
         is missing entries",
    ))
}

/// The build that there is already, kept from being changed by others. One that is being built is not overwritten: what runs
/// would go on for a document that is no longer there.
async fn hold(tx: &DatabaseTransaction, nsvc: &Nsvc) -> Result<Option<module_build::Model>, ServiceError> {
    let Some(found) = find(tx, nsvc).await? else { return Ok(None) };
    let held = module_build::lock(tx, found.id).await?;
    match held.as_ref().map(|build| build.state) {
        None | Some(ModuleState::Ready | ModuleState::Failed | ModuleState::Garbage) => Ok(held),
        Some(state) => Err(ServiceError::Conflict(format!(
            "Module {nsvc} is in the state \"{}\"; import it once it is ready or failed",
            state.name()
        ))),
    }
}

async fn find<C: ConnectionTrait>(db: &C, nsvc: &Nsvc) -> Result<Option<module_build::Model>, DbErr> {
    use module_build::{Column, Entity};
    Entity::find()
        .filter(Column::Name.eq(&nsvc.name))
        .filter(Column::Stream.eq(&nsvc.stream))
        .filter(Column::Version.eq(&nsvc.version))
        .filter(Column::Context.eq(&nsvc.context))
        .one(db)
        .await
}

async fn write(
    tx: &Transaction,
    clock: &Clock,
    config: &Config,
    nsvc: &Nsvc,
    document: &ModuleStream,
    known: Option<module_build::Model>,
) -> Result<module_build::Model, ServiceError> {
    let now = clock.now();
    let is_new = known.is_none();
    let mut row = known.map(IntoActiveModel::into_active_model).unwrap_or_default();
    let koji_tag = document.mbs().and_then(|mbs| mbs.get("koji_tag")).and_then(Node::as_str);
    row.name = Set(nsvc.name.clone());
    row.stream = Set(nsvc.stream.clone());
    row.version = Set(nsvc.version.clone());
    row.context = Set(nsvc.context.clone());
    row.koji_tag = Set(koji_tag.filter(|tag| !tag.is_empty()).map(str::to_owned));
    row.modulemd = Set(document.to_yaml());
    row.buildrequires_json = Set(Some(derive::buildrequires(document).to_string()));
    row.owner = Set("mbs_import".to_owned());
    row.rebuild_strategy = Set("all".to_owned());
    row.time_submitted = Set(now);
    row.time_modified = Set(Some(now));
    row.time_completed = Set(Some(now));
    // It is used again, whatever it was.
    row.clean_up = Set(CleanUp::Nothing);
    if config.expansion.base_module_names.contains(&nsvc.name) {
        row.stream_version = Set(version::stream_version(&nsvc.stream, &config.expansion.stream_suffixes));
    }
    if !is_new {
        return Ok(transition::reimport(tx, now, row).await?);
    }
    row.scratch = Set(Some(false));
    row.srpms = Set(Some("[]".to_owned()));
    row.batch = Set(Some(0));
    row.retries = Set(0);
    row.resumed = Set(0);
    transition::import(tx, row).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => ServiceError::Conflict(format!(
            "Module {nsvc} is being submitted at this moment; look at it before you import it"
        )),
        _ => error.into(),
    })
}

fn unprocessable(message: impl Into<String>) -> ServiceError {
    ServiceError::Unprocessable(message.into())
}
