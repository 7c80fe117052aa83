//! The schema changes that are missing, in order.

use entities::clock::Clock;
use migration::{MigrationTrait, Migrator, MigratorTrait, SchemaManager};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

use super::contention::{begin, persistently};
use super::differences::{Schema, lacking};
use super::{News, Tell};

/// Makes them; returns how many.
pub async fn change(db: &DatabaseConnection, clock: &Clock, tell: Tell<'_>) -> Result<usize, DbErr> {
    let missing = Migrator::get_pending_migrations_read_only(db).await?;
    if missing.is_empty() {
        return Ok(0);
    }
    refuse_older(&Schema::read(db).await?).await?;
    persistently(tell, async || Migrator::install(db).await).await?;
    let names: Vec<_> = missing.iter().map(|migration| migration.name().to_owned()).collect();
    let mut made = 0;
    for migration in Migrator::migrations().iter().filter(|migration| names.iter().any(|name| name == migration.name()))
    {
        if persistently(tell, async || make(db, clock, &**migration).await).await? {
            tell(&News::Changed(migration.name().to_owned()));
            made += 1;
        }
    }
    Ok(made)
}

/// Older schemas of the Python service are its own matter: it knows how to fill what it added. Nothing has been changed yet.
pub async fn refuse_older(present: &Schema) -> Result<(), DbErr> {
    let missing = lacking(&Migrator::migrations(), present).await?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(DbErr::Migration(format!(
        "this is the database of an older Python service, without {}; bring it up to date with `mbs-manager upgradedb` of the \
         newest Python service (3.9.2) first",
        missing.join(", ")
    )))
}

/// Makes one, unless another process was faster.
async fn make(db: &DatabaseConnection, clock: &Clock, migration: &dyn MigrationTrait) -> Result<bool, DbErr> {
    if migration.use_transaction() == Some(false) {
        migration.up(&SchemaManager::new(db)).await?;
        return record(db, clock, migration.name()).await;
    }
    let tx = begin(db).await?;
    // The record comes first: whoever else makes the change waits here, and sees then that it was made.
    if !record(&tx, clock, migration.name()).await? {
        return Ok(false);
    }
    migration.up(&SchemaManager::new(&*tx)).await?;
    tx.commit().await?;
    Ok(true)
}

async fn record<C: ConnectionTrait>(db: &C, clock: &Clock, name: &str) -> Result<bool, DbErr> {
    let insert = "INSERT INTO mbs_migrations (version, applied_at) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING";
    let values = [name.into(), clock.utc().timestamp().into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), insert, values);
    Ok(db.execute_raw(statement).await?.rows_affected() == 1)
}
