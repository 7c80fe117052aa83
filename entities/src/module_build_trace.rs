//! `module_builds_trace`: every state a module build went through.

use sea_orm::entity::prelude::*;

use crate::ModuleState;

/// A row of `module_builds_trace`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "module_builds_trace")]
pub struct Model {
    /// Row id; rows of one build are ordered by it.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The module build.
    pub module_id: i32,
    /// When (UTC).
    pub state_time: DateTime,
    /// The state it entered.
    pub state: Option<ModuleState>,
    /// Why.
    pub state_reason: Option<String>,
}

/// Rows that belong to a trace.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Its module build.
    #[sea_orm(
        belongs_to = "super::module_build::Entity",
        from = "Column::ModuleId",
        to = "super::module_build::Column::Id"
    )]
    Module,
}

impl Related<super::module_build::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Module.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
