//! What every build was built against, as rows: `module_build_dependencies`, kept by triggers from
//! `module_builds.buildrequires_json` (docs/adr/0026). The links of the Python service lead to base modules only, and the JSON text
//! cannot be searched for who was built against something.
//!
//! Names, not ids: a build is known under its name, stream, version and context, whether it was there first or not.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "CREATE TABLE module_build_dependencies (
    module_build_id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    stream VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    context VARCHAR NOT NULL,
    PRIMARY KEY (module_build_id, name)
)";

const INDEX: &str = "CREATE INDEX ix_module_build_dependencies
    ON module_build_dependencies (name, stream, version, context, module_build_id)";

/// The rows of a build; `ID` and `TEXT` stand for its id and its buildrequires.
const ON_SQLITE: &str = "SELECT ID, entry.key,
        json_extract(entry.value, '$.stream'), json_extract(entry.value, '$.version'), json_extract(entry.value, '$.context')
    FROM json_each(CASE WHEN json_valid(TEXT) THEN TEXT ELSE '{}' END) AS entry
    WHERE entry.type = 'object' AND json_extract(entry.value, '$.stream') IS NOT NULL
        AND json_extract(entry.value, '$.version') IS NOT NULL AND json_extract(entry.value, '$.context') IS NOT NULL";
const ON_POSTGRESQL: &str = "SELECT ID, entry.key,
        entry.value ->> 'stream', entry.value ->> 'version', entry.value ->> 'context'
    FROM jsonb_each(CASE WHEN TEXT LIKE '{%' THEN TEXT::jsonb ELSE '{}'::jsonb END) AS entry
    WHERE jsonb_typeof(entry.value) = 'object' AND entry.value ->> 'stream' IS NOT NULL
        AND entry.value ->> 'version' IS NOT NULL AND entry.value ->> 'context' IS NOT NULL";

fn insert(rows: &str, id: &str, text: &str) -> String {
    let rows = rows.replace("ID", id).replace("TEXT", text);
    format!("INSERT INTO module_build_dependencies (module_build_id, name, stream, version, context) {rows}")
}

const DELETE: &str = "DELETE FROM module_build_dependencies WHERE module_build_id =";

fn sqlite() -> Vec<String> {
    let add = insert(ON_SQLITE, "NEW.id", "NEW.buildrequires_json");
    vec![
        format!(
            "CREATE TRIGGER dependencies_insert AFTER INSERT ON module_builds WHEN NEW.buildrequires_json IS NOT NULL
            BEGIN {add}; END"
        ),
        format!(
            "CREATE TRIGGER dependencies_update AFTER UPDATE OF buildrequires_json ON module_builds
            WHEN OLD.buildrequires_json IS NOT NEW.buildrequires_json
            BEGIN {DELETE} NEW.id; {add}; END"
        ),
        format!("CREATE TRIGGER dependencies_delete AFTER DELETE ON module_builds BEGIN {DELETE} OLD.id; END"),
    ]
}

fn postgresql() -> Vec<String> {
    let add = insert(ON_POSTGRESQL, "NEW.id", "NEW.buildrequires_json");
    vec![
        format!(
            "CREATE OR REPLACE FUNCTION mbs_note_dependencies() RETURNS TRIGGER LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP <> 'INSERT' THEN {DELETE} OLD.id; END IF;
                IF TG_OP <> 'DELETE' AND NEW.buildrequires_json IS NOT NULL THEN {add}; END IF;
                RETURN NULL;
            END $$"
        ),
        "CREATE TRIGGER dependencies_of_new AFTER INSERT OR DELETE ON module_builds
            FOR EACH ROW EXECUTE FUNCTION mbs_note_dependencies()"
            .to_owned(),
        "CREATE TRIGGER dependencies_of_changed AFTER UPDATE OF buildrequires_json ON module_builds FOR EACH ROW
            WHEN (OLD.buildrequires_json IS DISTINCT FROM NEW.buildrequires_json)
            EXECUTE FUNCTION mbs_note_dependencies()"
            .to_owned(),
    ]
}

/// Rows that were derived before, in one go: builds of our own only, as those of the Python service are derived after this, in steps.
fn known(backend: DbBackend) -> String {
    let rows = if backend == DbBackend::Postgres { ON_POSTGRESQL } else { ON_SQLITE };
    let rows = rows.replace("ID", "build.id").replace("TEXT", "build.buildrequires_json");
    let rows = rows.replacen("FROM ", "FROM module_builds AS build, ", 1);
    format!(
        "INSERT INTO module_build_dependencies (module_build_id, name, stream, version, context)
        {rows} AND build.buildrequires_json IS NOT NULL"
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Nobody may write in between.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let mut statements = vec![TABLE.to_owned(), INDEX.to_owned()];
        statements.extend(if backend == DbBackend::Postgres { postgresql() } else { sqlite() });
        statements.push(known(backend));
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let triggers: &[&str] = if manager.get_database_backend() == DbBackend::Postgres {
            &[
                "DROP TRIGGER IF EXISTS dependencies_of_new ON module_builds",
                "DROP TRIGGER IF EXISTS dependencies_of_changed ON module_builds",
                "DROP FUNCTION IF EXISTS mbs_note_dependencies",
            ]
        } else {
            &[
                "DROP TRIGGER IF EXISTS dependencies_insert",
                "DROP TRIGGER IF EXISTS dependencies_update",
                "DROP TRIGGER IF EXISTS dependencies_delete",
            ]
        };
        for statement in triggers.iter().chain(&["DROP TABLE IF EXISTS module_build_dependencies"]) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
