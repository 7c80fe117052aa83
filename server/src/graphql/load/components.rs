//! Lists of components.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use entities::component_build::{Column, Entity};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, QueryResult};

use super::list::{Listed, row};
use crate::rest::rows::one_of;

row! {
    /// A component. Its state is a number: databases hold some that nobody has a name for.
    pub struct Component {
        pub id: i32 = "id",
        pub package: String = "package",
        pub scmurl: String = "scmurl",
        pub format: String = "format",
        pub task_id: Option<i32> = "task_id",
        pub reference: Option<String> = "ref",
        pub state: Option<i32> = "state",
        pub state_reason: Option<String> = "state_reason",
        pub nvr: Option<String> = "nvr",
        pub tagged: Option<bool> = "tagged",
        pub tagged_in_final: Option<bool> = "tagged_in_final",
        pub build_time_only: Option<bool> = "build_time_only",
        pub buildonly: Option<bool> = "buildonly",
        pub batch: Option<i32> = "batch",
        pub module_id: i32 = "module_id",
        pub reused_component_id: Option<i32> = "reused_component_id",
        pub weight: Option<f64> = "weight",
        pub attempt: i32 = "attempt",
        pub time_started: Option<NaiveDateTime> = "time_started",
        pub time_finished: Option<NaiveDateTime> = "time_finished",
        pub reuse: Option<String> = "reuse",
        pub verdict: Option<String> = "verdict",
        pub phase: Option<String> = "phase",
        pub error: Option<String> = "error",
        pub error_line: Option<i32> = "error_line",
        pub estimate: Option<i32> = "estimate",
        pub retries: i32 = "retries",
        pub retry_at: Option<NaiveDateTime> = "retry_at",
    }
}

/// What components may belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComponentsOf {
    /// Nothing: all components.
    All,
    /// Their module build.
    Build,
    /// The component whose packages they took over.
    Reused,
}

/// Components of module builds.
pub enum Components {}

impl Listed for Components {
    type Row = Component;
    type Relation = ComponentsOf;

    const COLUMNS: &'static [&'static str] = Component::COLUMNS;

    fn row(result: &QueryResult) -> Result<Component, DbErr> {
        Component::read(result)
    }

    fn from(_relation: ComponentsOf, select: &mut SelectStatement) {
        select.from(Entity);
    }

    fn owner(relation: ComponentsOf) -> Option<Expr> {
        match relation {
            ComponentsOf::All => None,
            ComponentsOf::Build => Some(Column::ModuleId.into_expr()),
            ComponentsOf::Reused => Some(Column::ReusedComponentId.into_expr()),
        }
    }
}

/// Components by their ids.
pub async fn by_ids(db: &DatabaseConnection, ids: &[i32]) -> Result<HashMap<i32, Component>, DbErr> {
    let mut select = Query::select();
    select.from(Entity).and_where(one_of(Column::Id.into_expr(), ids, db.get_database_backend()));
    for column in Components::COLUMNS {
        select.column((Entity, *column));
    }
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| Component::read(row).map(|found| (found.id, found))).collect()
}
