//! Connecting, and transactions that are safe to read and then write in.

mod events;
mod listener;
mod transaction;
mod writers;

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, DbErr, RuntimeErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

pub use events::{Events, events, note_unreachable};
pub use listener::Listener;
pub use transaction::Transaction;
pub(crate) use transaction::Write;
use writers::next_turn;
pub use writers::{Turn, turn};

/// Writers on SQLite queue up for this long before they fail.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

/// A connection that nobody used for this long is tested before it is used. A server that was restarted meanwhile costs one test
/// then, instead of one for every statement.
const TESTED_AFTER: Duration = Duration::from_secs(1);

/// Connects to `address`, a URL as SQLAlchemy or sqlx write it: `sqlite:////absolute/path`, `sqlite:///relative`,
/// `postgresql://user@host/name`. An SQLite file is made if it is missing; its folder has to exist.
pub async fn connect(address: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(driver_url(address));
    options.max_connections(connections.max(1)).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
    options.test_before_acquire(false);
    if address.starts_with("sqlite") {
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
        });
    }
    // A file does not hang up.
    options.map_sqlx_sqlite_pool_opts(|pool| counting(pool, Duration::MAX));
    options.map_sqlx_postgres_pool_opts(|pool| counting(pool, TESTED_AFTER));
    let mut db = Database::connect(options).await?;
    db.set_metric_callback(|statement| {
        if statement.failed {
            events::failed();
        }
    });
    Ok(db)
}

/// A pool that counts the connections taken from it, new ones and idle ones, and tests those that were idle for `tested_after`.
fn counting<DB: sqlx::Database>(pool: PoolOptions<DB>, tested_after: Duration) -> PoolOptions<DB> {
    let pool = pool.after_connect(|_, _| {
        events::connection_taken();
        Box::pin(std::future::ready(Ok(())))
    });
    pool.before_acquire(move |connection, about| {
        Box::pin(async move {
            if about.idle_for >= tested_after {
                connection.ping().await?;
            }
            events::connection_taken();
            Ok(true)
        })
    })
}

/// Asks a server once, to hear why it does not answer: a pool of connections tries again, and says only that it took too long. An
/// SQLite file has nobody to ask.
pub async fn reach(address: &str) -> Result<(), DbErr> {
    if sqlite_path(address).is_some() {
        return Ok(());
    }
    let failed = |error: sea_orm::sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    PgConnection::connect(&driver_url(address)).await.map_err(failed)?.close().await.map_err(failed)
}

/// Connects to look only: what is asked for cannot change anything, and no SQLite file is made or converted.
pub async fn connect_read_only(address: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(driver_url(address));
    options.max_connections(1).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|sqlite| sqlite.read_only(true).busy_timeout(BUSY_TIMEOUT));
    options.map_sqlx_postgres_opts(|postgres| postgres.options([("default_transaction_read_only", "on")]));
    Database::connect(options).await
}

/// Whether the database did not answer at all: it is down, is going down, or has closed the connection. The same statement may
/// well succeed a moment later.
pub fn is_unreachable(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => is_broken(error),
        _ => false,
    }
}

fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        // PostgreSQL: "operator intervention" (the server or the session is being ended), "connection exception".
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| matches!(&*code, "57P01" | "57P02" | "57P03") || code.starts_with("08"))
        }
        _ => false,
    }
}

/// Whether others were in the way: a deadlock, a lock that was waited for too long, writers on SQLite that did not let anybody else
/// write. Nothing was changed; the same transaction may well succeed a moment later.
pub fn is_contention(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let sqlx::Error::Database(error) = error.as_ref() else { return false };
    // PostgreSQL: not serializable, deadlock, lock not available. SQLite: busy, in its variants.
    error.code().is_some_and(|code| matches!(&*code, "40001" | "40P01" | "55P03" | "5" | "261" | "517" | "773"))
}

/// The file behind an SQLite address, if it is one.
pub fn sqlite_path(address: &str) -> Option<&Path> {
    let rest = address.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("///").or_else(|| rest.strip_prefix("//")).unwrap_or(rest);
    Some(Path::new(path.split('?').next().unwrap_or(path)))
}

/// SQLAlchemy writes `postgresql+driver://` and counts slashes of SQLite paths from the third on; sqlx does not.
fn driver_url(address: &str) -> String {
    if let Some(path) = sqlite_path(address) {
        return format!("sqlite:{}", path.display());
    }
    match address.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("postgres") => format!("postgres://{rest}"),
        _ => address.to_owned(),
    }
}

/// Begins a transaction that will write. On SQLite it takes the write lock at once: one that reads first and writes later fails
/// with "database is locked" as soon as another writer was faster.
pub async fn begin_write(db: &DatabaseConnection) -> Result<Transaction, DbErr> {
    begin(db, turn(db).await).await
}

/// The same, before all other writers of this process that wait for SQLite: for what is short and rare, and that others wait for.
pub async fn begin_next_write(db: &DatabaseConnection) -> Result<Transaction, DbErr> {
    begin(db, next_turn(db).await).await
}

async fn begin(db: &DatabaseConnection, turn: Turn) -> Result<Transaction, DbErr> {
    let sqlite = db.get_database_backend() == DbBackend::Sqlite;
    let options = TransactionOptions {
        sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(Transaction::new(db.begin_with_options(options).await?, turn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_worlds() {
        assert_eq!(driver_url("sqlite:////var/lib/mbs.db"), "sqlite:/var/lib/mbs.db");
        assert_eq!(driver_url("sqlite:///mbs.db"), "sqlite:mbs.db");
        assert_eq!(driver_url("sqlite::memory:"), "sqlite::memory:");
        assert_eq!(driver_url("postgresql+psycopg2://u@h/d"), "postgres://u@h/d");
    }
}
