//! Whether everything answers that a process needs. All checks run at the same time, none for longer than [`PATIENCE`].
//!
//! What is wrong is said in sentences of ours: errors of drivers may hold addresses and names, and go to the log only.

mod results;

use std::collections::HashSet;

use jobs::queue::Queue;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, SqlxError, Statement};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::PATIENCE;
pub(super) use results::ResultsFolder;

/// What stands for a check that found nothing wrong.
const OK: &str = "ok";
const NO_ANSWER: &str = "does not answer";

/// What was found, check by check.
#[derive(Debug)]
pub struct Readiness {
    checks: Vec<(&'static str, String)>,
}

impl Readiness {
    /// Of a process that is asked to end.
    pub(super) fn ending() -> Self {
        Self { checks: vec![("shutdown", "the process is ending".to_owned())] }
    }

    /// Whether nothing is wrong.
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|(_, found)| found == OK)
    }

    /// `{"ready": false, "checks": {"database": "does not answer", "queue": "ok", …}}`
    pub fn json(&self) -> Value {
        let checks: Map<_, _> = self.checks.iter().map(|(name, found)| ((*name).to_owned(), json!(found))).collect();
        json!({ "ready": self.is_ready(), "checks": checks })
    }
}

/// Runs all checks. `results` is the folder that jobs of this process write to, if it runs any.
pub(super) async fn check(db: &DatabaseConnection, queue: &dyn Queue, results: Option<&ResultsFolder>) -> Readiness {
    let folder = async {
        match results {
            Some(folder) => Some(folder.check().await),
            None => None,
        }
    };
    let ((database, schema), queue, folder) = tokio::join!(check_database(db), check_queue(queue), folder);
    let mut checks = vec![("database", database), ("schema", schema), ("queue", queue)];
    checks.extend(folder.map(|found| ("results", found)));
    Readiness { checks }
}

/// Database and schema, by one statement.
async fn check_database(db: &DatabaseConnection) -> (String, String) {
    match timeout(PATIENCE, applied(db)).await {
        Ok(Ok(applied)) => (OK.to_owned(), schema(&applied)),
        Ok(Err(error)) if is_missing_table(&error) => (OK.to_owned(), schema(&HashSet::new())),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the database is not ready");
            unknown_schema(NO_ANSWER.to_owned())
        }
        Err(_) => unknown_schema(in_time()),
    }
}

fn unknown_schema(database: String) -> (String, String) {
    (database, "not known without the database".to_owned())
}

fn in_time() -> String {
    format!("{NO_ANSWER} within {} s", PATIENCE.as_secs())
}

/// The schema changes that were made. Not by the migrator's own functions: they make tables where there are none.
async fn applied(db: &DatabaseConnection) -> Result<HashSet<String>, DbErr> {
    let sql = "SELECT version FROM mbs_migrations";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

fn schema(applied: &HashSet<String>) -> String {
    let missing = Migrator::migrations().iter().filter(|change| !applied.contains(change.name())).count();
    match missing {
        0 => OK.to_owned(),
        1 => "1 schema change is missing; run `mbs-manager upgradedb`".to_owned(),
        _ => format!("{missing} schema changes are missing; run `mbs-manager upgradedb`"),
    }
}

fn is_missing_table(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    match &**error {
        SqlxError::Database(error) => {
            error.code().is_some_and(|code| code == "42P01") || error.message().starts_with("no such table")
        }
        _ => false,
    }
}

async fn check_queue(queue: &dyn Queue) -> String {
    match timeout(PATIENCE, queue.check()).await {
        Ok(Ok(())) => OK.to_owned(),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the queue is not ready");
            NO_ANSWER.to_owned()
        }
        Err(_) => in_time(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_schema_is_looked_at_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let db = entities::db::connect(&format!("sqlite:///{}/mbs.db", folder.path().display()), 1).await.unwrap();
        let all = Migrator::migrations().len();
        let (database, schema) = check_database(&db).await;
        assert_eq!(database, OK);
        assert_eq!(schema, format!("{all} schema changes are missing; run `mbs-manager upgradedb`"));
        let tables = "SELECT name FROM sqlite_master";
        let tables = db.query_all_raw(Statement::from_string(db.get_database_backend(), tables)).await.unwrap();
        assert!(tables.is_empty(), "a check makes no tables");

        Migrator::up(&db, Some(u32::try_from(all).unwrap() - 1)).await.unwrap();
        assert!(check_database(&db).await.1.starts_with("1 schema change is missing"));
        Migrator::up(&db, None).await.unwrap();
        assert_eq!(check_database(&db).await, (OK.to_owned(), OK.to_owned()));
    }

    #[test]
    fn one_thing_that_is_wrong_is_enough() {
        let checks = |queue: &str| Readiness { checks: vec![("database", OK.to_owned()), ("queue", queue.to_owned())] };
        assert!(checks(OK).is_ready());
        assert!(!checks(NO_ANSWER).is_ready() && !Readiness::ending().is_ready());
        let shown = json!({"ready": false, "checks": {"database": "ok", "queue": "does not answer"}});
        assert_eq!(checks(NO_ANSWER).json(), shown);
    }
}
