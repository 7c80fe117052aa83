//! What a schema change makes, in words. It is made in an empty database in memory, and what is there then and was not before is
//! told, so that no list has to be kept beside the statements.

use std::collections::{BTreeMap, BTreeSet};

use migration::{MigrationTrait, SchemaManager};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, Statement};

/// Tables, columns, indexes and triggers.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Columns of a table, in their order.
    tables: BTreeMap<String, Vec<String>>,
    /// What an index is on, e.g. `component_builds (state)`, by its name.
    indexes: BTreeMap<String, String>,
    /// Tables that have triggers.
    triggers: BTreeSet<String>,
}

const SQLITE_COLUMNS: &str = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c \
                              WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY m.name, c.cid";
const SQLITE_INDEXES: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
const SQLITE_TRIGGERS: &str = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'";

const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns \
                                WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position";
const POSTGRES_INDEXES: &str = "SELECT c.relname::text, pg_get_indexdef(c.oid) FROM pg_index JOIN pg_class AS c \
                                ON c.oid = indexrelid WHERE indisvalid AND relnamespace = current_schema()::regnamespace";
const POSTGRES_TRIGGERS: &str = "SELECT c.relname::text, tgname::text FROM pg_trigger JOIN pg_class AS c ON c.oid = tgrelid \
                                 WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace";

impl Schema {
    /// What is in a database.
    pub async fn read(db: &DatabaseConnection) -> Result<Self, DbErr> {
        let [columns, indexes, triggers] = match db.get_database_backend() {
            DbBackend::Postgres => [POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_TRIGGERS],
            _ => [SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_TRIGGERS],
        };
        let mut schema = Self::default();
        for (table, column) in pairs(db, columns).await? {
            schema.tables.entry(table).or_default().push(column);
        }
        for (name, definition) in pairs(db, indexes).await? {
            let on = definition.split_once(" ON ").map_or("", |(_, on)| on);
            schema.indexes.insert(name, on.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        schema.triggers = pairs(db, triggers).await?.into_iter().map(|(table, _)| table).collect();
        Ok(schema)
    }

    /// Whether there is such a table.
    pub fn has_table(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// Whether the table has such a column.
    pub fn has_column(&self, table: &str, column: &str) -> bool {
        self.tables.get(table).is_some_and(|columns| columns.iter().any(|name| name == column))
    }

    /// What is in `later` and neither here nor in `present`, in words.
    fn added(&self, later: &Self, present: &Self) -> Vec<String> {
        let mut words = Vec::new();
        for (table, columns) in &later.tables {
            if !present.has_table(table) && !self.has_table(table) {
                words.push(format!("table {table} ({})", columns.join(", ")));
                continue;
            }
            let is_new = |column: &&String| !self.has_column(table, column) && !present.has_column(table, column);
            let new: Vec<_> = columns.iter().filter(is_new).map(String::as_str).collect();
            if !new.is_empty() {
                words.push(format!("in table {table} the columns {}", new.join(", ")));
            }
        }
        let new =
            later.indexes.iter().filter(|(name, _)| ![self, present].iter().any(|s| s.indexes.contains_key(*name)));
        words.extend(new.map(|(name, on)| format!("index {name} on {on}")));
        let new: Vec<_> = later.triggers.difference(&self.triggers).map(String::as_str).collect();
        if !new.is_empty() {
            words.push(format!("triggers on {}", new.join(", ")));
        }
        words
    }
}

/// The columns of the Python service's newest schema that tables in a database of its lack: it was made by an older version.
pub async fn lacking(migrations: &[Box<dyn MigrationTrait>], present: &Schema) -> Result<Vec<String>, DbErr> {
    let Some(adoption) = migrations.first() else { return Ok(Vec::new()) };
    let scratch = entities::db::connect("sqlite::memory:", 1).await?;
    adoption.up(&SchemaManager::new(&scratch)).await?;
    let newest = Schema::read(&scratch).await?;
    let columns = newest.tables.iter().flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)));
    let missing = columns.filter(|(table, column)| present.has_table(table) && !present.has_column(table, column));
    Ok(missing.map(|(table, column)| format!("{table}.{column}")).collect())
}

async fn pairs(db: &DatabaseConnection, query: &str) -> Result<Vec<(String, String)>, DbErr> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), query)).await?;
    let pair = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    rows.iter().map(pair).collect()
}

/// What each of `migrations`, made one after the other, adds to the schema that is `present`.
pub async fn additions(
    migrations: &[Box<dyn MigrationTrait>],
    present: &Schema,
) -> Result<Vec<(String, Vec<String>)>, DbErr> {
    let scratch = entities::db::connect("sqlite::memory:", 1).await?;
    let mut additions = Vec::new();
    let mut before = Schema::default();
    for migration in migrations {
        migration.up(&SchemaManager::new(&scratch)).await?;
        let after = Schema::read(&scratch).await?;
        additions.push((migration.name().to_owned(), before.added(&after, present)));
        before = after;
    }
    Ok(additions)
}
