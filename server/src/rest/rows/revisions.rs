//! Numbers of changes, which the database keeps by itself (docs/adr/0010): equal number, equal content.
//!
//! Read the number first and the content afterwards. Content may then be newer than its number, never older.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

/// The number of the last change of anything.
pub async fn revision(db: &DatabaseConnection) -> Result<i64, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), "SELECT revision FROM revisions WHERE scope = 0");
    match db.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0),
        None => Err(DbErr::RecordNotFound("the row of the table \"revisions\" is missing".to_owned())),
    }
}

/// The number of the last change of a module build and what belongs to it; `None` if there is no such build. With
/// `and_base_modules`, changes of the base modules that it was built against count, too.
pub async fn of_build(db: &DatabaseConnection, id: i32, and_base_modules: bool) -> Result<Option<i64>, DbErr> {
    let text = if and_base_modules { OF_BUILD_AND_BASE_MODULES } else { OF_BUILD };
    let statement = Statement::from_sql_and_values(db.get_database_backend(), text, [id.into()]);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(None) };
    let own: i64 = row.try_get_by_index(0)?;
    let of_base_modules: Option<i64> = if and_base_modules { row.try_get_by_index(1)? } else { None };
    Ok(Some(own.max(of_base_modules.unwrap_or(own))))
}

/// The number of the last change of a component's module build; `None` if there is no such component.
pub async fn of_component(db: &DatabaseConnection, id: i32) -> Result<Option<i64>, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), OF_COMPONENT, [id.into()]);
    let row = db.query_one_raw(statement).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

const OF_BUILD: &str = "SELECT COALESCE(mine.revision, revisions.first_revision)
FROM module_builds CROSS JOIN revisions
LEFT JOIN module_build_revisions AS mine ON mine.module_build_id = module_builds.id
WHERE module_builds.id = $1 AND revisions.scope = 0";

const OF_BUILD_AND_BASE_MODULES: &str = "SELECT COALESCE(mine.revision, revisions.first_revision), (
    SELECT MAX(theirs.revision) FROM module_builds_to_module_buildrequires AS link
    JOIN module_build_revisions AS theirs ON theirs.module_build_id = link.module_buildrequire_id
    WHERE link.module_id = module_builds.id
)
FROM module_builds CROSS JOIN revisions
LEFT JOIN module_build_revisions AS mine ON mine.module_build_id = module_builds.id
WHERE module_builds.id = $1 AND revisions.scope = 0";

const OF_COMPONENT: &str = "SELECT COALESCE(mine.revision, revisions.first_revision)
FROM component_builds CROSS JOIN revisions
LEFT JOIN module_build_revisions AS mine ON mine.module_build_id = component_builds.module_id
WHERE component_builds.id = $1 AND revisions.scope = 0";
