//! How long the components of a build are expected to take.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// So many of the last builds of a package are looked at.
const LATEST: u32 = 5;

/// Notes for each component of a module build that has not begun how long the last builds of the same package took on average. One
/// statement; the index on packages finds the rows.
pub async fn note_expected<C: ConnectionTrait>(tx: &C, module_id: i32) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let seconds = match backend {
        DbBackend::Postgres => "EXTRACT(EPOCH FROM earlier.time_finished - earlier.time_started)::DOUBLE PRECISION",
        _ => "(JULIANDAY(earlier.time_finished) - JULIANDAY(earlier.time_started)) * 86400.0",
    };
    let statement = format!(
        "UPDATE component_builds SET expected_seconds = (
            SELECT AVG(seconds) FROM (
                SELECT {seconds} AS seconds FROM component_builds AS earlier
                WHERE earlier.package = component_builds.package AND earlier.state = 1
                    AND earlier.reused_component_id IS NULL
                    AND earlier.time_started IS NOT NULL AND earlier.time_finished IS NOT NULL
                ORDER BY earlier.id DESC LIMIT {LATEST}
            ) AS latest
        ) WHERE module_id = $1 AND state IS NULL"
    );
    tx.execute_raw(Statement::from_sql_and_values(backend, statement, [module_id.into()])).await?;
    Ok(())
}
