//! `module_builds.buildrequires_json` of rows that the Python service wrote. It is derived from the document, which lists never parse.

use std::time::{Duration, Instant};

use entities::derive;
use modulemd::Limits;
use modulemd::read::read_stream;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, Value};

use super::contention::{ATTEMPTS, PAUSE, begin, persistently};
use super::{News, Tell};

/// Rows of one transaction: some milliseconds of work.
const ROWS: usize = 200;

/// Between two news of the progress.
const INTERVAL: Duration = Duration::from_secs(2);

/// A row to be completed.
struct Row {
    id: i32,
    document: String,
}

/// Whether there are rows to complete. They have an index.
pub async fn left<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let query = "SELECT id FROM module_builds WHERE buildrequires_json IS NULL LIMIT 1";
    let found = db.query_one_raw(Statement::from_string(db.get_database_backend(), query)).await?;
    Ok(found.is_some())
}

/// How many; `column_exists` is false before the schema changes, when it is all of them.
pub async fn count_left<C: ConnectionTrait>(db: &C, column_exists: bool) -> Result<u64, DbErr> {
    let only = if column_exists { " WHERE buildrequires_json IS NULL" } else { "" };
    let query = Statement::from_string(db.get_database_backend(), format!("SELECT count(*) FROM module_builds{only}"));
    let row = db.query_one_raw(query).await?;
    let count: i64 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0);
    Ok(count.unsigned_abs())
}

/// Completes all of them; returns how many. Rows that somebody else holds are left for the next round.
pub async fn complete(db: &DatabaseConnection, tell: Tell<'_>) -> Result<u64, DbErr> {
    let mut progress = Progress { done: 0, of: count_left(db, true).await?, told: Instant::now() };
    for round in 1..=ATTEMPTS {
        complete_once(db, &mut progress, tell).await?;
        if !left(db).await? {
            return Ok(progress.done);
        }
        if round == 2 {
            tell(&News::Busy);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(DbErr::Custom("others hold locks on some module builds for long".to_owned()))
}

struct Progress {
    done: u64,
    of: u64,
    told: Instant,
}

/// In the order of their ids.
async fn complete_once(db: &DatabaseConnection, progress: &mut Progress, tell: Tell<'_>) -> Result<(), DbErr> {
    let mut last = i32::MIN;
    loop {
        let rows = next(db, last).await?;
        let Some(end) = rows.last().map(|row| row.id) else {
            return Ok(());
        };
        last = end;
        let derived = derive_all(rows, tell).await?;
        progress.done += persistently(tell, async || write(db, &derived).await).await?;
        if progress.told.elapsed() >= INTERVAL {
            tell(&News::Rows { done: progress.done, of: progress.of });
            progress.told = Instant::now();
        }
    }
}

async fn next(db: &DatabaseConnection, after: i32) -> Result<Vec<Row>, DbErr> {
    let query = format!(
        "SELECT id, modulemd FROM module_builds WHERE buildrequires_json IS NULL AND id > $1 ORDER BY id LIMIT {ROWS}"
    );
    let query = Statement::from_sql_and_values(db.get_database_backend(), query, [after.into()]);
    let rows = db.query_all_raw(query).await?;
    rows.iter().map(|row| Ok(Row { id: row.try_get_by_index(0)?, document: row.try_get_by_index(1)? })).collect()
}

/// Derives on all processors.
async fn derive_all(mut rows: Vec<Row>, tell: Tell<'_>) -> Result<Vec<(i32, String)>, DbErr> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(threads).max(1);
    let mut running = Vec::new();
    while !rows.is_empty() {
        let part = rows.split_off(rows.len().saturating_sub(share));
        running.push(tokio::task::spawn_blocking(move || part.iter().map(derive_one).collect::<Vec<_>>()));
    }
    let mut derived = Vec::new();
    // The last part was taken first.
    for part in running.into_iter().rev() {
        for (id, outcome) in
            part.await.map_err(|error| DbErr::Custom(format!("reading a document panicked: {error}")))?
        {
            let value = outcome.unwrap_or_else(|reason| {
                tell(&News::Unreadable { id, reason });
                "{}".to_owned()
            });
            derived.push((id, value));
        }
    }
    Ok(derived)
}

fn derive_one(row: &Row) -> (i32, Result<String, String>) {
    // It is stored already, so its size harms nobody.
    let limits = Limits { max_bytes: usize::MAX, max_nodes: usize::MAX, ..Limits::default() };
    let document = read_stream(&row.document, &limits).map_err(|error| error.to_string());
    (row.id, document.map(|document| derive::buildrequires(&document).to_string()))
}

/// Free for this transaction at once, and kept for it.
const FREE: &str = " AND module_builds.id IN (SELECT id FROM module_builds WHERE id BETWEEN $1 AND $2 \
                    AND buildrequires_json IS NULL FOR NO KEY UPDATE SKIP LOCKED)";

/// One statement, one transaction. Rows that somebody else has completed or holds are left alone.
async fn write(db: &DatabaseConnection, derived: &[(i32, String)]) -> Result<u64, DbErr> {
    let backend = db.get_database_backend();
    let places = (0..derived.len()).map(|row| format!("(CAST(${} AS INTEGER), ${})", 2 * row + 3, 2 * row + 4));
    let update = format!(
        "UPDATE module_builds SET buildrequires_json = derived.column2 FROM (VALUES {}) AS derived \
         WHERE module_builds.id = derived.column1 AND module_builds.buildrequires_json IS NULL \
         AND module_builds.id BETWEEN $1 AND $2{}",
        places.collect::<Vec<_>>().join(", "),
        if backend == DbBackend::Postgres { FREE } else { "" }
    );
    let ids = || derived.iter().map(|(id, _)| *id);
    let range = [ids().min().unwrap_or(0).into(), ids().max().unwrap_or(0).into()];
    let values = derived.iter().flat_map(|(id, json)| [Value::from(*id), Value::from(json.as_str())]);
    let update = Statement::from_sql_and_values(backend, update, range.into_iter().chain(values).collect::<Vec<_>>());
    let tx = begin(db).await?;
    let written = tx.execute_raw(update).await?.rows_affected();
    tx.commit().await?;
    Ok(written)
}
