//! Importing modules that were built elsewhere, base modules above all.

use std::collections::BTreeSet;

use entities::clock::Clock;
use entities::{
    ModuleState, db, derive, module_build, module_build_buildrequire, module_build_virtual_stream, transition,
    virtual_stream,
};
use modulemd::yaml::Node;
use modulemd::{Limits, ModuleStream, Nsvc, read, version};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DatabaseConnection, IntoActiveModel, Set};

use super::ServiceError;
use crate::config::Config;

/// Context of modules that were not built by the service.
const DEFAULT_CONTEXT: &str = "00000000";

/// Imports a document, or brings the build that it describes up to date. Returns the build and what was done, in sentences.
pub async fn import(
    db: &DatabaseConnection,
    clock: &Clock,
    config: &Config,
    text: &str,
) -> Result<(module_build::Model, Vec<String>), ServiceError> {
    let mut document = read::read_stream(text, &Limits::default()).map_err(|error| {
        unprocessable(format!(
            "The modulemd is invalid. The error was:\n'{error}'\nPlease verify the syntax is correct."
        ))
    })?;
    let nsvc = complete(&mut document)?;
    check_base_module(&nsvc, &document, config)?;
    let virtual_streams = virtual_streams(&document)?;
    check_buildrequires(&mut document)?;
    let mut messages = Vec::new();
    let tx = db::begin_write(db).await?;
    let known = find(&tx, &nsvc).await?;
    if known.is_some() {
        messages.push(format!("Updating existing module build {nsvc}."));
    }
    let build = write(&tx, clock, config, &nsvc, &document, known).await?;
    link_virtual_streams(&tx, build.id, &virtual_streams).await?;
    link_base_modules(&tx, build.id, &document, config).await?;
    tx.commit().await?;
    messages.push(format!("Module {nsvc} imported"));
    Ok((build, messages))
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

async fn write<C: ConnectionTrait>(
    tx: &C,
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
    if config.expansion.base_module_names.contains(&nsvc.name) {
        row.stream_version = Set(version::stream_version(&nsvc.stream, &config.expansion.stream_suffixes));
    }
    if !is_new {
        return Ok(transition::reimport(tx, now, row).await?);
    }
    row.state = Set(ModuleState::Ready);
    row.scratch = Set(Some(false));
    row.srpms = Set(Some("[]".to_owned()));
    row.batch = Set(Some(0));
    row.retries = Set(0);
    row.resumed = Set(0);
    Ok(transition::create(tx, now, row).await?)
}

/// The virtual streams of `module_id` become exactly `names`; names that nobody has any more go.
async fn link_virtual_streams<C: ConnectionTrait>(
    tx: &C,
    module_id: i32,
    names: &BTreeSet<String>,
) -> Result<(), DbErr> {
    use module_build_virtual_stream as link;
    link::Entity::delete_many().filter(link::Column::ModuleBuildId.eq(module_id)).exec(tx).await?;
    for name in names {
        let known = OnConflict::column(virtual_stream::Column::Name).do_nothing().to_owned();
        let row = virtual_stream::ActiveModel { name: Set(name.clone()), ..Default::default() };
        virtual_stream::Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
        let found = virtual_stream::Entity::find().filter(virtual_stream::Column::Name.eq(name)).one(tx).await?;
        if let Some(stream) = found {
            let row = link::ActiveModel { module_build_id: Set(module_id), virtual_stream_id: Set(stream.id) };
            link::Entity::insert(row).exec_without_returning(tx).await?;
        }
    }
    let orphans = "DELETE FROM virtual_streams WHERE id NOT IN \
                   (SELECT virtual_stream_id FROM module_builds_to_virtual_streams)";
    tx.execute_unprepared(orphans).await?;
    Ok(())
}

/// Links a build to the base modules in its `xmd.mbs.buildrequires`.
pub async fn link_base_modules<C: ConnectionTrait>(
    tx: &C,
    module_id: i32,
    document: &ModuleStream,
    config: &Config,
) -> Result<(), DbErr> {
    use module_build_buildrequire as link;
    let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires"));
    for name in &config.expansion.base_module_names {
        let Some(node) = buildrequires.and_then(|all| all.get(name)) else { continue };
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
        let nsvc = Nsvc::new(name, text("stream"), text("version"), text("context"));
        let Some(base) = find(tx, &nsvc).await? else { continue };
        let row = link::ActiveModel { module_id: Set(module_id), module_buildrequire_id: Set(base.id) };
        let known =
            OnConflict::columns([link::Column::ModuleId, link::Column::ModuleBuildrequireId]).do_nothing().to_owned();
        link::Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn unprocessable(message: impl Into<String>) -> ServiceError {
    ServiceError::Unprocessable(message.into())
}
