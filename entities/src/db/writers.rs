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

static LINES: LazyLock<std::sync::Mutex<HashMap<PathBuf, Line>>> = LazyLock::new(std::sync::Mutex::default);

/// Who writes holds `head`. Who may wait comes there with `others` held, and so behind those that may not.
#[derive(Clone, Debug, Default)]
struct Line {
    others: Arc<Mutex<()>>,
    head: Arc<Mutex<()>>,
}

/// A place at the head of the line, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    // In this order: who is to be let pass first stands at the head already when the next of the others comes.
    _head: Option<OwnedMutexGuard<()>>,
    _others: Option<OwnedMutexGuard<()>>,
}

/// Waits for the turn to write: for as long as SQLite would, and then it is left to SQLite. Servers of databases need no line.
///
/// For a single statement; [`begin_write`](super::begin_write) does it for transactions.
pub async fn turn(db: &DatabaseConnection) -> Turn {
    let Some(Line { others, head }) = line(db) else { return Turn { _head: None, _others: None } };
    let both = async {
        let others = others.lock_owned().await;
        (head.lock_owned().await, others)
    };
    let (head, others) = tokio::time::timeout(BUSY_TIMEOUT, both).await.ok().unzip();
    Turn { _head: head, _others: others }
}

/// The next turn, before all that wait for [`turn`]: for what is short and rare, and that others wait for.
pub async fn next_turn(db: &DatabaseConnection) -> Turn {
    let Some(line) = line(db) else { return Turn { _head: None, _others: None } };
    Turn { _head: tokio::time::timeout(BUSY_TIMEOUT, line.head.lock_owned()).await.ok(), _others: None }
}

fn line(db: &DatabaseConnection) -> Option<Line> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return None;
    }
    let file = db.get_sqlite_connection_pool().connect_options().get_filename().to_owned();
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    if lines.len() > 8 {
        // Nobody stands in the others; a process seldom has more than one file.
        lines.retain(|_, line| Arc::strong_count(&line.others) + Arc::strong_count(&line.head) > 2);
    }
    Some(lines.entry(file).or_default().clone())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Plain;

    use super::*;

    #[tokio::test]
    async fn the_next_turn_comes_before_those_who_wait() {
        let folder = tempfile::tempdir().unwrap();
        let db =
            crate::db::connect(&format!("sqlite:///{}", folder.path().join("line.db").display()), 1).await.unwrap();
        let order = Plain::new(Vec::new());
        let writes = async |name: &'static str, first: bool| {
            let _turn = if first { next_turn(&db).await } else { turn(&db).await };
            order.lock().unwrap().push(name);
            tokio::task::yield_now().await;
        };
        // All ask before the first has written.
        tokio::join!(writes("a", false), writes("b", false), writes("c", false), writes("first", true));
        assert_eq!(*order.lock().unwrap(), ["a", "first", "b", "c"]);
    }
}
