//! Which architectures a module is built for.

use std::collections::BTreeSet;

use entities::{module_arch, module_build_arch};
use modulemd::ModuleStream;
use modulemd::yaml::Node;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, Set};

use crate::Settings;

/// What its base module is configured for (`BASE_MODULE_ARCHES`), or `ARCHES`; `buildopts.arches` of the document goes first.
pub fn of(document: &ModuleStream, settings: &Settings) -> BTreeSet<String> {
    if !document.buildopts.arches.is_empty() {
        return document.buildopts.arches.clone();
    }
    let of_base_module = base_modules(document).find_map(|name| settings.base_module_arches.get(&name));
    of_base_module.unwrap_or(&settings.arches).iter().cloned().collect()
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
