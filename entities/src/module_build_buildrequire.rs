//! `module_builds_to_module_buildrequires`: the base modules that a build is built against.

use sea_orm::entity::prelude::*;

/// A row of `module_builds_to_module_buildrequires`. The database knows no primary key here, only that the pair is unique.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "module_builds_to_module_buildrequires")]
pub struct Model {
    /// The module build.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_id: i32,
    /// The base module it is built against.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_buildrequire_id: i32,
}

/// One side of the pair.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The module build.
    #[sea_orm(
        belongs_to = "super::module_build::Entity",
        from = "Column::ModuleId",
        to = "super::module_build::Column::Id"
    )]
    Module,
}

impl ActiveModelBehavior for ActiveModel {}
