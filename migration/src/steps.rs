//! Changes of tables that are in use, in steps of which none holds a lock for long.
//!
//! A step looks first whether it was made already, so a migration that was interrupted begins again from its start. Migrations of
//! such steps are not run in a transaction of their own (`use_transaction` is `Some(false)`).

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

/// How long a change of a table waits for those who use it. Everybody who comes later waits behind it, so it gives up soon; whoever
/// runs the migration tries again.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '500ms'";

/// Adds to `table` those columns (name and type) that it does not have, all at once. They have to be empty or have a constant
/// default: then no row is written.
pub async fn add_columns(manager: &SchemaManager<'_>, table: &str, columns: &[(&str, String)]) -> Result<(), DbErr> {
    let step = begin(manager).await?;
    let mut missing = Vec::new();
    for (column, kind) in columns {
        if !has_column(&step, table, column).await? {
            missing.push(format!("ADD COLUMN {column} {kind}"));
        }
    }
    // SQLite adds one column a statement.
    let statements = match step.get_database_backend() {
        DbBackend::Postgres if !missing.is_empty() => vec![missing.join(", ")],
        _ => missing,
    };
    for additions in statements {
        step.execute_unprepared(&format!("ALTER TABLE {table} {additions}")).await?;
    }
    step.commit().await
}

/// Makes the index `name`, on `what` (a table with its columns, and a condition), without stopping anybody who writes. On
/// PostgreSQL this waits for the transactions that are open, and holds nobody up while it does.
pub async fn create_index(manager: &SchemaManager<'_>, name: &str, what: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() != DbBackend::Postgres {
        connection.execute_unprepared(&format!("CREATE INDEX IF NOT EXISTS {name} ON {what}")).await?;
        return Ok(());
    }
    let query = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)";
    let found =
        connection.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, query, [name.into()])).await?;
    match found.map(|row| row.try_get_by_index::<bool>(0)).transpose()? {
        Some(true) => return Ok(()),
        // Left behind by an interrupted attempt.
        Some(false) => {
            connection.execute_unprepared(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await?;
        }
        None => {}
    }
    connection.execute_unprepared(&format!("CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {what}")).await?;
    Ok(())
}

/// Runs short statements in one transaction.
pub async fn run(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    let step = begin(manager).await?;
    for statement in statements {
        step.execute_unprepared(statement).await?;
    }
    step.commit().await
}

async fn begin(manager: &SchemaManager<'_>) -> Result<DatabaseTransaction, DbErr> {
    let connection = manager.get_connection();
    let sqlite = connection.get_database_backend() == DbBackend::Sqlite;
    let step = connection
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if !sqlite {
        step.execute_unprepared(LOCK_TIMEOUT).await?;
    }
    Ok(step)
}

async fn has_column(step: &DatabaseTransaction, table: &str, column: &str) -> Result<bool, DbErr> {
    let backend = step.get_database_backend();
    let query = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped"
        }
        _ => "SELECT 1 FROM pragma_table_info($1) WHERE name = $2",
    };
    let found =
        step.query_one_raw(Statement::from_sql_and_values(backend, query, [table.into(), column.into()])).await?;
    Ok(found.is_some())
}
