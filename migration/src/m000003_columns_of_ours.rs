//! Columns of ours on the tables of the Python service. All of them have a default or may be empty, so rows stay as they were.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::steps;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Table, column, type; `TIME` is a date with time.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("module_builds", "buildrequires_json", "VARCHAR"),
    ("module_builds", "disttag", "VARCHAR"),
    ("module_builds", "retries", "INTEGER NOT NULL DEFAULT 0"),
    ("module_builds", "retry_at", "TIME"),
    ("module_builds", "resumed", "INTEGER NOT NULL DEFAULT 0"),
    ("component_builds", "attempt", "INTEGER NOT NULL DEFAULT 0"),
    ("component_builds", "retries", "INTEGER NOT NULL DEFAULT 0"),
    ("component_builds", "retry_at", "TIME"),
    ("component_builds", "repository", "INTEGER"),
    ("component_builds", "time_started", "TIME"),
    ("component_builds", "time_finished", "TIME"),
];

/// The Python service has none on these columns, and reads whole tables instead.
const INDEXES: &[(&str, &str, &str)] = &[
    ("ix_component_builds_module_id", "component_builds", "module_id, batch"),
    ("ix_component_builds_state", "component_builds", "state"),
    ("ix_module_builds_trace_module_id", "module_builds_trace", "module_id"),
    ("ix_component_builds_trace_component_id", "component_builds_trace", "component_id"),
    ("ix_log_messages_module_build_id", "log_messages", "module_build_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let time = match manager.get_database_backend() {
            DbBackend::Postgres => "TIMESTAMP WITHOUT TIME ZONE",
            _ => "DATETIME",
        };
        for table in ["module_builds", "component_builds"] {
            let columns = COLUMNS.iter().filter(|(of, _, _)| *of == table);
            let columns: Vec<_> = columns.map(|(_, column, kind)| (*column, kind.replace("TIME", time))).collect();
            steps::add_columns(manager, table, &columns).await?;
        }
        for (name, table, columns) in INDEXES {
            steps::create_index(manager, name, &format!("{table} ({columns})")).await?;
        }
        Ok(())
    }
}
