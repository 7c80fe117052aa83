//! Component builds.
//!
//! Their states are read as numbers: databases hold some that nobody has a name for.

use chrono::NaiveDateTime;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement};

use super::Listing;

/// A component as shown by its own resource.
#[derive(Clone, Debug)]
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
    /// Whether it was taken over from an earlier build, and why (not), as JSON.
    pub reuse: Option<String>,
    /// Who has to act on its failure.
    pub verdict: Option<String>,
    /// Where in its build it failed.
    pub phase: Option<String>,
    /// The first real error line.
    pub error: Option<String>,
    /// Where that stands in the log.
    pub error_line: Option<i32>,
    /// Seconds that its build is expected to take.
    pub estimate: Option<i32>,
    /// How often it was tried again after trouble of the build system.
    pub retries: i32,
    /// When that is due (UTC).
    pub retry_at: Option<NaiveDateTime>,
}

/// A list of components as [`Component`].
pub const COMPONENTS: Listing = Listing {
    columns: &[
        "id",
        "package",
        "format",
        "task_id",
        "state",
        "state_reason",
        "nvr",
        "batch",
        "module_id",
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
    ],
    extras: |_| {},
    counted: Some("component_builds"),
};

/// Reads a component from a row whose columns are those of [`COMPONENTS`], from `first` on.
pub fn component(row: &QueryResult, first: usize) -> Result<Component, DbErr> {
    Ok(Component {
        id: row.try_get_by_index(first)?,
        package: row.try_get_by_index(first + 1)?,
        format: row.try_get_by_index(first + 2)?,
        task_id: row.try_get_by_index(first + 3)?,
        state: row.try_get_by_index(first + 4)?,
        state_reason: row.try_get_by_index(first + 5)?,
        nvr: row.try_get_by_index(first + 6)?,
        batch: row.try_get_by_index(first + 7)?,
        module_id: row.try_get_by_index(first + 8)?,
        attempt: row.try_get_by_index(first + 9)?,
        time_started: row.try_get_by_index(first + 10)?,
        time_finished: row.try_get_by_index(first + 11)?,
        reuse: row.try_get_by_index(first + 12)?,
        verdict: row.try_get_by_index(first + 13)?,
        phase: row.try_get_by_index(first + 14)?,
        error: row.try_get_by_index(first + 15)?,
        error_line: row.try_get_by_index(first + 16)?,
        estimate: row.try_get_by_index(first + 17)?,
        retries: row.try_get_by_index(first + 18)?,
        retry_at: row.try_get_by_index(first + 19)?,
    })
}

/// A component with the number of the last change of its module build.
pub async fn component_with_revision(db: &DatabaseConnection, id: i32) -> Result<Option<(Component, i64)>, DbErr> {
    let columns: Vec<_> = COMPONENTS.columns.iter().map(|column| format!("component_builds.{column}")).collect();
    let text = format!(
        "SELECT COALESCE(mine.revision, revisions.first_revision), {}
        FROM component_builds CROSS JOIN revisions
        LEFT JOIN module_build_revisions AS mine ON mine.module_build_id = component_builds.module_id
        WHERE component_builds.id = $1 AND revisions.scope = 0",
        columns.join(", ")
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), text, [id.into()]);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(None) };
    Ok(Some((component(&row, 1)?, row.try_get_by_index(0)?)))
}
