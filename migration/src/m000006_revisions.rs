//! Revisions: numbers that change exactly when what REST shows changes, kept by the database itself, so that no writer can
//! forget them (docs/adr/0010).
//!
//! | table | |
//! | --- | --- |
//! | `revisions` | one row: the number of the last change of anything (`revision`), the number that all builds began with (`first_revision`), and how many builds and components there are |
//! | `module_build_revisions` | the number of the last change of a module build, of its components, histories, links, messages and siblings; no row is `first_revision`. A base module's own changes count for itself only |
//!
//! A number is never used twice, not even after an old dump was restored: it is the time in microseconds, or the last number
//! and one where that is more.
//!
//! [`watched`] says which tables and columns count. Columns that are missing there may change unnoticed: a migration that adds a
//! column that REST shows has to make the triggers anew.

mod postgresql;
mod sqlite;
mod watched;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Numbers and counts have to fit the rows that are there: nobody may write in between.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.down(manager).await?;
        run(manager, postgresql::up, sqlite::up).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, postgresql::down, sqlite::down).await
    }
}

/// Statements that let changes of `more` columns of a watched table count, too: columns that came later.
pub(crate) fn watch_more(table: &str, more: &[&str], backend: DbBackend) -> Vec<String> {
    let Some(watched) = watched::WATCHED.iter().find(|watched| watched.table == table) else { return Vec::new() };
    let columns = [watched.columns, more].concat();
    match backend {
        DbBackend::Postgres => {
            vec![postgresql::drop_update_trigger(table), postgresql::update_trigger(table, &columns)]
        }
        _ => vec![sqlite::drop_update_trigger(table), sqlite::update_trigger(watched, &columns)],
    }
}

async fn run(
    manager: &SchemaManager<'_>,
    postgresql: fn() -> Vec<String>,
    sqlite: fn() -> Vec<String>,
) -> Result<(), DbErr> {
    let statements = if manager.get_database_backend() == DbBackend::Postgres { postgresql() } else { sqlite() };
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}
