//! Writers of one SQLite file in this process, one after the other.
//!
//! SQLite lets one connection write at a time, and has the others ask again after pauses that grow up to 100 ms: whoever comes
//! meanwhile goes first, and now and then nobody writes. Here they stand in a line, so that only other processes are waited for like
//! that.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, PoisonError};

use sea_orm::{DatabaseConnection, DbBackend};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::BUSY_TIMEOUT;

static LINES: LazyLock<std::sync::Mutex<HashMap<PathBuf, Arc<Mutex<()>>>>> = LazyLock::new(std::sync::Mutex::default);

/// A place at the head of the line, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _held: Option<OwnedMutexGuard<()>>,
}

/// Waits for the turn to write: for as long as SQLite would, and then it is left to SQLite. Servers of databases need no line.
///
/// For a single statement; [`begin_write`](super::begin_write) does it for transactions.
pub async fn turn(db: &DatabaseConnection) -> Turn {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Turn { _held: None };
    }
    let line = line(db.get_sqlite_connection_pool().connect_options().get_filename().to_owned());
    Turn { _held: tokio::time::timeout(BUSY_TIMEOUT, line.lock_owned()).await.ok() }
}

fn line(file: PathBuf) -> Arc<Mutex<()>> {
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    if lines.len() > 8 {
        // Nobody stands in the others; a process seldom has more than one file.
        lines.retain(|_, line| Arc::strong_count(line) > 1);
    }
    Arc::clone(lines.entry(file).or_default())
}
