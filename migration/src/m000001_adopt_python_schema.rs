//! The tables of the Python service, as it makes them itself. Where they exist already, nothing is touched.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for statement in TABLES.iter().chain(INDEXES) {
            // Also `IF NOT EXISTS` locks the table of an index that does exist.
            if !exists(manager, statement).await? {
                manager.get_connection().execute_unprepared(&in_dialect(statement, backend)).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("going back would drop every build; restore a dump instead".to_owned()))
    }
}

/// Whether there is a table or an index with the name after `IF NOT EXISTS`.
async fn exists(manager: &SchemaManager<'_>, statement: &str) -> Result<bool, DbErr> {
    let backend = manager.get_database_backend();
    let name = statement.split_whitespace().skip_while(|word| *word != "EXISTS").nth(1).unwrap_or_default();
    let query = match backend {
        DbBackend::Postgres => "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
        _ => "SELECT 1 FROM sqlite_master WHERE name = $1",
    };
    let query = Statement::from_sql_and_values(backend, query, [name.into()]);
    Ok(manager.get_connection().query_one_raw(query).await?.is_some())
}

/// The statements are written for SQLite; `PK` is an integer key that counts by itself.
fn in_dialect(statement: &str, backend: DbBackend) -> String {
    match backend {
        DbBackend::Postgres => {
            statement.replace("PK", "SERIAL NOT NULL PRIMARY KEY").replace("DATETIME", "TIMESTAMP WITHOUT TIME ZONE")
        }
        _ => statement.replace("PK", "INTEGER NOT NULL PRIMARY KEY"),
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS module_arches (id PK, name VARCHAR NOT NULL UNIQUE)",
    "CREATE TABLE IF NOT EXISTS virtual_streams (id PK, name VARCHAR NOT NULL UNIQUE)",
    "CREATE TABLE IF NOT EXISTS module_builds (
        id PK,
        name VARCHAR NOT NULL,
        stream VARCHAR NOT NULL,
        version VARCHAR NOT NULL,
        build_context VARCHAR,
        build_context_no_bms VARCHAR,
        runtime_context VARCHAR,
        context VARCHAR DEFAULT '00000000' NOT NULL,
        state INTEGER NOT NULL,
        state_reason VARCHAR,
        modulemd VARCHAR NOT NULL,
        koji_tag VARCHAR,
        cg_build_koji_tag VARCHAR,
        scmurl VARCHAR,
        scratch BOOLEAN,
        srpms VARCHAR,
        owner VARCHAR NOT NULL,
        time_submitted DATETIME NOT NULL,
        time_modified DATETIME,
        time_completed DATETIME,
        new_repo_task_id INTEGER,
        rebuild_strategy VARCHAR NOT NULL,
        reused_module_id INTEGER REFERENCES module_builds (id),
        batch INTEGER,
        stream_version FLOAT
    )",
    "CREATE TABLE IF NOT EXISTS component_builds (
        id PK,
        package VARCHAR NOT NULL,
        scmurl VARCHAR NOT NULL,
        format VARCHAR NOT NULL,
        task_id INTEGER,
        ref VARCHAR,
        state INTEGER,
        state_reason VARCHAR,
        nvr VARCHAR,
        tagged BOOLEAN,
        tagged_in_final BOOLEAN,
        build_time_only BOOLEAN,
        buildonly BOOLEAN,
        batch INTEGER,
        module_id INTEGER NOT NULL REFERENCES module_builds (id),
        reused_component_id INTEGER REFERENCES component_builds (id),
        weight FLOAT
    )",
    "CREATE TABLE IF NOT EXISTS module_builds_to_arches (
        module_build_id INTEGER NOT NULL REFERENCES module_builds (id),
        module_arch_id INTEGER NOT NULL REFERENCES module_arches (id),
        CONSTRAINT unique_module_to_arch UNIQUE (module_build_id, module_arch_id)
    )",
    "CREATE TABLE IF NOT EXISTS module_builds_to_module_buildrequires (
        module_id INTEGER NOT NULL REFERENCES module_builds (id),
        module_buildrequire_id INTEGER NOT NULL REFERENCES module_builds (id),
        CONSTRAINT unique_buildrequires UNIQUE (module_id, module_buildrequire_id)
    )",
    "CREATE TABLE IF NOT EXISTS module_builds_to_virtual_streams (
        module_build_id INTEGER NOT NULL REFERENCES module_builds (id),
        virtual_stream_id INTEGER NOT NULL REFERENCES virtual_streams (id),
        CONSTRAINT unique_module_to_virtual_stream UNIQUE (module_build_id, virtual_stream_id)
    )",
    "CREATE TABLE IF NOT EXISTS module_builds_trace (
        id PK,
        module_id INTEGER NOT NULL REFERENCES module_builds (id),
        state_time DATETIME NOT NULL,
        state INTEGER,
        state_reason VARCHAR
    )",
    "CREATE TABLE IF NOT EXISTS component_builds_trace (
        id PK,
        component_id INTEGER NOT NULL REFERENCES component_builds (id),
        state_time DATETIME NOT NULL,
        state INTEGER,
        state_reason VARCHAR,
        task_id INTEGER
    )",
    "CREATE TABLE IF NOT EXISTS log_messages (
        id PK,
        component_build_id INTEGER REFERENCES component_builds (id),
        module_build_id INTEGER NOT NULL REFERENCES module_builds (id),
        message VARCHAR NOT NULL,
        time_created DATETIME NOT NULL
    )",
];

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX IF NOT EXISTS idx_module_builds_name_stream_version_context
        ON module_builds (name, stream, version, context)",
    "CREATE INDEX IF NOT EXISTS ix_module_builds_koji_tag ON module_builds (koji_tag)",
    "CREATE INDEX IF NOT EXISTS ix_module_builds_name ON module_builds (name)",
    "CREATE INDEX IF NOT EXISTS ix_module_builds_state ON module_builds (state)",
    "CREATE UNIQUE INDEX IF NOT EXISTS idx_component_builds_build_id_nvr ON component_builds (module_id, nvr)",
    "CREATE UNIQUE INDEX IF NOT EXISTS idx_component_builds_build_id_task_id ON component_builds (module_id, task_id)",
    "CREATE INDEX IF NOT EXISTS ix_component_builds_batch ON component_builds (batch)",
];
