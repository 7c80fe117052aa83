//! Trying again what failed because others were using the same rows or tables.
//!
//! Transactions of an upgrade do not wait for a lock for long, since everybody who comes later waits behind them, and for what
//! they have locked already. They fail then, have changed nothing, and are tried again after a pause in which the others go on.

use std::time::Duration;

use entities::db::Transaction;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};

use super::{News, Tell};

/// Between two attempts.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Some minutes: whoever holds a lock for longer has to be looked for.
pub const ATTEMPTS: usize = 200;

/// A schema change may lock nearly all tables of the Python service, one after the other: all waits together are below a second.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '100ms'";

/// Begins a transaction that does not wait for locks for long.
pub async fn begin(db: &DatabaseConnection) -> Result<Transaction, DbErr> {
    let tx = entities::db::begin_write(db).await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(LOCK_TIMEOUT).await?;
    }
    Ok(tx)
}

/// Does `work`, again if somebody was in its way.
pub async fn persistently<T>(tell: Tell<'_>, mut work: impl AsyncFnMut() -> Result<T, DbErr>) -> Result<T, DbErr> {
    for attempt in 1..ATTEMPTS {
        match work().await {
            Err(error) if entities::db::is_contention(&error) => {
                // Once is nothing to speak of.
                if attempt == 2 {
                    tell(&News::Busy);
                }
                tokio::time::sleep(PAUSE).await;
            }
            ended => return ended,
        }
    }
    work().await
}
