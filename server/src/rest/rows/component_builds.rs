//! Component builds.
//!
//! Their states are read as numbers: databases hold some that nobody has a name for.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use entities::component_build::{Column, Entity};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::ids::one_of;

/// A component as shown by its own resource.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Component {
    /// Row id.
    pub id: i32,
    /// Source package.
    pub package: String,
    /// Always `rpms`.
    pub format: String,
    /// Task of the build system.
    pub task_id: Option<i32>,
    /// Number of its state.
    pub state: Option<i32>,
    /// Why.
    pub state_reason: Option<String>,
    /// Name, version and release.
    pub nvr: Option<String>,
    /// Batch it is built in.
    pub batch: Option<i32>,
    /// The module build.
    pub module_id: i32,
    /// Counts submissions to the build system.
    pub attempt: i32,
    /// When its build started (UTC).
    pub time_started: Option<NaiveDateTime>,
    /// When its build ended (UTC).
    pub time_finished: Option<NaiveDateTime>,
}

/// Selects components as [`Component`].
pub fn components() -> Select<Entity> {
    Entity::find().select_only().columns([
        Column::Id,
        Column::Package,
        Column::Format,
        Column::TaskId,
        Column::State,
        Column::StateReason,
        Column::Nvr,
        Column::Batch,
        Column::ModuleId,
        Column::Attempt,
        Column::TimeStarted,
        Column::TimeFinished,
    ])
}

/// Components by the ids of their module builds, in the order they are built.
pub async fn components_of(db: &DatabaseConnection, modules: &[i32]) -> Result<HashMap<i32, Vec<Component>>, DbErr> {
    let of_modules = one_of(Column::ModuleId.into_expr(), modules, db.get_database_backend());
    let select = components().filter(of_modules).order_by_asc(Column::Batch).order_by_asc(Column::Id);
    let mut by_module: HashMap<_, Vec<_>> = HashMap::new();
    for row in select.into_model::<Component>().all(db).await? {
        by_module.entry(row.module_id).or_default().push(row);
    }
    Ok(by_module)
}

/// A component as shown within its module build.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(clippy::struct_field_names, reason = "columns have the names that they have in the table")]
pub struct Task {
    /// Row id.
    pub id: i32,
    /// Source package.
    pub package: String,
    /// Always `rpms`.
    pub format: String,
    /// Task of the build system.
    pub task_id: Option<i32>,
    /// Number of its state.
    pub state: Option<i32>,
    /// Why.
    pub state_reason: Option<String>,
    /// Name, version and release.
    pub nvr: Option<String>,
    /// The module build.
    pub module_id: i32,
}

/// Components by the ids of their module builds.
pub async fn tasks(db: &DatabaseConnection, modules: &[i32]) -> Result<HashMap<i32, Vec<Task>>, DbErr> {
    let of_modules = one_of(Column::ModuleId.into_expr(), modules, db.get_database_backend());
    let select = Entity::find().select_only().columns([
        Column::Id,
        Column::Package,
        Column::Format,
        Column::TaskId,
        Column::State,
        Column::StateReason,
        Column::Nvr,
        Column::ModuleId,
    ]);
    let rows = select.filter(of_modules).order_by_asc(Column::Id).into_model::<Task>().all(db).await?;
    let mut by_module: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        by_module.entry(row.module_id).or_default().push(row);
    }
    Ok(by_module)
}
