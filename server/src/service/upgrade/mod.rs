//! Bringing a database up to date; one of the Python service is adopted in this way.
//!
//! First schema changes (crate `migration`), one transaction or one small step each. Then data steps: what is derived from
//! documents is filled into rows that do not have it, many short transactions. Everything looks first what is there: it can be
//! killed at any time and goes on when it is run again, and does nothing the second time. The Python service's columns are only
//! read. Nobody who uses the database meanwhile waits for longer than a second: see [`migration::steps`] and [`contention`].
//!
//! To add a data step: a file like [`buildrequires`] with `left`, `count_left` and `complete`, and a line in each function here and in
//! [`preview`].

mod alone;
mod buildrequires;
mod contention;
mod differences;
mod news;
mod preview;
mod schema;

use entities::clock::Clock;
use migration::{Migrator, MigratorTrait};
use sea_orm::{DatabaseConnection, DbErr};

pub use news::News;
pub use preview::{Preview, preview};

/// Where news of the progress go.
pub type Tell<'a> = &'a (dyn Fn(&News) + Sync);

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Schema changes.
    pub changes: usize,
    /// Rows of `module_builds` that were completed.
    pub rows: u64,
}

/// What is left to do before the service can work on the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// So many schema changes.
    Schema(usize),
    /// Values of ours in rows that the Python service wrote.
    Rows,
}

/// Does everything that is missing. Waits for another process that is doing the same.
pub async fn upgrade(db: &DatabaseConnection, clock: &Clock, tell: Tell<'_>) -> Result<Done, DbErr> {
    let alone = alone::wait(db, tell).await?;
    let changes = schema::change(db, clock, tell).await?;
    let rows = buildrequires::complete(db, tell).await?;
    alone.end().await?;
    Ok(Done { changes, rows })
}

/// What is missing, if anything. Costs two short queries, and changes nothing.
pub async fn missing(db: &DatabaseConnection) -> Result<Option<Missing>, DbErr> {
    match Migrator::get_pending_migrations_read_only(db).await?.len() {
        0 => Ok(buildrequires::left(db).await?.then_some(Missing::Rows)),
        changes => Ok(Some(Missing::Schema(changes))),
    }
}
