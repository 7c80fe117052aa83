//! Lists of components.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use entities::component_build::{Column, Entity};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, QueryResult};

use super::list::Listed;
use crate::rest::rows::one_of;

/// A component. Its state is a number: databases hold some that nobody has a name for.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Component {
    pub id: i32,
    pub package: String,
    pub scmurl: String,
    pub format: String,
    pub task_id: Option<i32>,
    #[sea_orm(from_alias = "ref")]
    pub reference: Option<String>,
    pub state: Option<i32>,
    pub state_reason: Option<String>,
    pub nvr: Option<String>,
    pub tagged: Option<bool>,
    pub tagged_in_final: Option<bool>,
    pub build_time_only: Option<bool>,
    pub buildonly: Option<bool>,
    pub batch: Option<i32>,
    pub module_id: i32,
    pub reused_component_id: Option<i32>,
    pub weight: Option<f64>,
    pub attempt: i32,
    pub time_started: Option<NaiveDateTime>,
    pub time_finished: Option<NaiveDateTime>,
    pub reuse: Option<String>,
    pub verdict: Option<String>,
    pub phase: Option<String>,
    pub error: Option<String>,
    pub error_line: Option<i32>,
    pub estimate: Option<i32>,
    pub retries: i32,
    pub retry_at: Option<NaiveDateTime>,
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

    const COLUMNS: &'static [&'static str] = &[
        "id",
        "package",
        "scmurl",
        "format",
        "task_id",
        "ref",
        "state",
        "state_reason",
        "nvr",
        "tagged",
        "tagged_in_final",
        "build_time_only",
        "buildonly",
        "batch",
        "module_id",
        "reused_component_id",
        "weight",
        "attempt",
        "time_started",
        "time_finished",
        "reuse",
        "verdict",
        "phase",
        "error",
        "error_line",
        "estimate",
        "retries",
        "retry_at",
    ];

    fn row(result: &QueryResult) -> Result<Component, DbErr> {
        Component::from_query_result(result, "")
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
    rows.iter().map(|row| Component::from_query_result(row, "").map(|found| (found.id, found))).collect()
}
