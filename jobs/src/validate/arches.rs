//! Which architectures a module is built for.

use std::collections::BTreeSet;

use builders::Builder;
use entities::{module_arch, module_build, module_build_arch};
use modulemd::ModuleStream;
use modulemd::yaml::Node;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, Set};

use crate::{JobError, Settings, rows};

/// What its base module is configured for (`BASE_MODULE_ARCHES`), what a privileged document says of itself
/// (`xmd.mbs.koji_tag_arches`), what the privileged or base module that it buildrequires is for, or `ARCHES`, the first that says
/// anything; but `buildopts.arches` of the document goes before them all. A server that only serves has no build system to ask.
pub async fn of_build<C: ConnectionTrait>(
    db: &C,
    builder: Option<&dyn Builder>,
    document: &ModuleStream,
    settings: &Settings,
) -> Result<BTreeSet<String>, JobError> {
    if let Some(arches) = of_document(document, settings) {
        return Ok(arches);
    }
    for name in settings.privileged_module_names.iter().chain(&settings.base_module_names) {
        let Some(entry) = document.mbs().and_then(|mbs| mbs.get("buildrequires")?.get(name)) else { continue };
        let Some(row) = rows::dependency(db, name, entry).await? else { continue };
        let arches = of_dependency(builder, &row).await?;
        if !arches.is_empty() {
            return Ok(arches);
        }
    }
    Ok(settings.arches.iter().cloned().collect())
}

/// The same without asking anybody about other modules.
pub fn arches_of(document: &ModuleStream, settings: &Settings) -> BTreeSet<String> {
    of_document(document, settings).unwrap_or_else(|| settings.arches.iter().cloned().collect())
}

fn of_document(document: &ModuleStream, settings: &Settings) -> Option<BTreeSet<String>> {
    if !document.buildopts.arches.is_empty() {
        return Some(document.buildopts.arches.clone());
    }
    let of_base_module = base_modules(document).find_map(|name| settings.base_module_arches.get(&name));
    let configured = of_base_module.map(|arches| arches.iter().cloned().collect());
    configured.or_else(|| tag_arches(document)).filter(|arches: &BTreeSet<String>| !arches.is_empty())
}

/// Architectures that the build system has for a module, or that its document has set for it.
async fn of_dependency(builder: Option<&dyn Builder>, row: &module_build::Model) -> Result<BTreeSet<String>, JobError> {
    if let (Some(builder), Some(tag)) = (builder, row.koji_tag.as_deref().filter(|tag| !tag.is_empty())) {
        let arches = builder.tag_arches(tag).await?;
        if !arches.is_empty() {
            return Ok(arches.into_iter().collect());
        }
    }
    Ok(tag_arches(&rows::document(row)?).unwrap_or_default())
}

/// `xmd.mbs.koji_tag_arches`; only privileged modules can be submitted with it, and base modules imported.
fn tag_arches(document: &ModuleStream) -> Option<BTreeSet<String>> {
    let list = document.mbs()?.get("koji_tag_arches")?.as_list()?;
    Some(list.iter().filter_map(Node::as_str).map(str::to_owned).collect())
}

fn base_modules(document: &ModuleStream) -> impl Iterator<Item = String> {
    let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires")).and_then(Node::as_map);
    buildrequires.into_iter().flatten().filter_map(|(name, node)| {
        let stream = node.get("stream").and_then(Node::as_str)?;
        Some(format!("{name}:{stream}"))
    })
}

/// Writes them down; those that stand there already stay.
pub async fn record<C: ConnectionTrait>(tx: &C, module_id: i32, arches: &BTreeSet<String>) -> Result<(), DbErr> {
    for arch in arches {
        let arch_id = arch_id(tx, arch).await?;
        let link = module_build_arch::ActiveModel { module_build_id: Set(module_id), module_arch_id: Set(arch_id) };
        let known =
            OnConflict::columns([module_build_arch::Column::ModuleBuildId, module_build_arch::Column::ModuleArchId])
                .do_nothing()
                .to_owned();
        module_build_arch::Entity::insert(link).on_conflict(known).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn arch_id<C: ConnectionTrait>(tx: &C, name: &str) -> Result<i32, DbErr> {
    use module_arch::{ActiveModel, Column, Entity};
    let known = OnConflict::column(Column::Name).do_nothing().to_owned();
    let row = ActiveModel { name: Set(name.to_owned()), ..Default::default() };
    Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    let found = Entity::find().filter(Column::Name.eq(name)).one(tx).await?;
    found.map(|row| row.id).ok_or_else(|| DbErr::RecordNotFound(format!("architecture {name}")))
}
