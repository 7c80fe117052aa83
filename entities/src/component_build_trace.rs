//! `component_builds_trace`: every state a component went through.

use sea_orm::entity::prelude::*;

use crate::ComponentState;

/// A row of `component_builds_trace`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "component_builds_trace")]
pub struct Model {
    /// Row id; rows of one component are ordered by it.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The component.
    pub component_id: i32,
    /// When (UTC).
    pub state_time: DateTime,
    /// The state it entered.
    pub state: Option<ComponentState>,
    /// Why.
    pub state_reason: Option<String>,
    /// Task of the build system.
    pub task_id: Option<i32>,
}

/// Rows that belong to a trace.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Its component.
    #[sea_orm(
        belongs_to = "super::component_build::Entity",
        from = "Column::ComponentId",
        to = "super::component_build::Column::Id"
    )]
    Component,
}

impl Related<super::component_build::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Component.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
