//! `module_builds_to_virtual_streams`: the virtual streams of a base module.

use sea_orm::entity::prelude::*;

/// A row of `module_builds_to_virtual_streams`. The database knows no primary key here, only that the pair is unique.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "module_builds_to_virtual_streams")]
pub struct Model {
    /// The base module.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_build_id: i32,
    /// The virtual stream.
    #[sea_orm(primary_key, auto_increment = false)]
    pub virtual_stream_id: i32,
}

/// Both sides of the pair.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The module build.
    #[sea_orm(
        belongs_to = "super::module_build::Entity",
        from = "Column::ModuleBuildId",
        to = "super::module_build::Column::Id"
    )]
    Module,
    /// The virtual stream.
    #[sea_orm(
        belongs_to = "super::virtual_stream::Entity",
        from = "Column::VirtualStreamId",
        to = "super::virtual_stream::Column::Id"
    )]
    VirtualStream,
}

impl ActiveModelBehavior for ActiveModel {}
