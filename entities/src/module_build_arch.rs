//! `module_builds_to_arches`: which architectures a module build is built for.

use sea_orm::entity::prelude::*;

/// A row of `module_builds_to_arches`. The database knows no primary key here, only that the pair is unique.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "module_builds_to_arches")]
pub struct Model {
    /// The module build.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_build_id: i32,
    /// The architecture.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_arch_id: i32,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
