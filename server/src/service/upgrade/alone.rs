//! One upgrade at a time, on PostgreSQL. On SQLite each step takes the write lock and looks again, so two may run.

use std::time::Duration;

use sea_orm::sqlx::{Connection as _, PgConnection, query_scalar};
use sea_orm::{DatabaseConnection, DbBackend, DbErr, RuntimeErr};

use super::{News, Tell};

/// Number of the advisory lock; any that nobody else takes.
const KEY: i64 = 0x6d62_735f_7570_6772;

/// Between two attempts to get it.
const PAUSE: Duration = Duration::from_millis(200);

/// Nobody else upgrades the database. A connection of its own holds the lock, so it ends with this process, however that ends.
#[derive(Debug)]
pub struct Alone(Option<PgConnection>);

/// Waits until nobody else upgrades the database.
///
/// The lock is asked for again and again: whoever waited for it inside a statement would be waited for by `CREATE INDEX
/// CONCURRENTLY` of the one who has it.
pub async fn wait(db: &DatabaseConnection, tell: Tell<'_>) -> Result<Alone, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(Alone(None));
    }
    let mut connection = db.get_postgres_connection_pool().acquire().await.map_err(failed)?.detach();
    let mut told = false;
    loop {
        let attempt = query_scalar("SELECT pg_try_advisory_lock($1)").bind(KEY).fetch_one(&mut connection);
        if attempt.await.map_err(failed)? {
            return Ok(Alone(Some(connection)));
        }
        if !std::mem::replace(&mut told, true) {
            tell(&News::NotAlone);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Alone {
    /// Lets the next one begin.
    pub async fn end(self) -> Result<(), DbErr> {
        match self.0 {
            Some(connection) => connection.close().await.map_err(failed),
            None => Ok(()),
        }
    }
}

fn failed(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}
