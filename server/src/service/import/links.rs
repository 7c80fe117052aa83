//! What an imported build is linked to: virtual streams, base modules.

use std::collections::BTreeSet;

use entities::{module_build_buildrequire, module_build_virtual_stream, virtual_stream};
use modulemd::yaml::Node;
use modulemd::{ModuleStream, Nsvc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, Set};

use super::find;
use crate::config::Config;

/// The virtual streams of `module_id` become exactly `names`; names that nobody has any more go.
pub(super) async fn link_virtual_streams<C: ConnectionTrait>(
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
