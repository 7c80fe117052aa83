//! The embedded queue: a file of its own beside the database, so that queueing never waits for builds being written, and needs no
//! sync to disk (a lost queue loses nothing).

use std::path::Path;
use std::time::Duration;

use apalis::prelude::*;
use apalis_core::backend::ext::BackendExt;
use apalis_sqlite::{Config, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteStorage};
use async_trait::async_trait;
use entities::clock::Clock;
use sea_orm::sqlx;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use serde_json::Value;
use tokio::sync::watch;

use super::{Bells, Handler, Lane, Queue, QueueError, envelope, worker};
use crate::Job;

/// How soon jobs of other processes, and delayed ones, are noticed.
const POLL: Duration = Duration::from_millis(500);
/// Done jobs are forgotten after this many seconds.
const KEEP_DONE: i64 = 60;

/// Counts the jobs of a lane that are due; by an index of Apalis.
const WAITING: &str =
    "SELECT count(*) FROM Jobs WHERE job_type = ? AND status = 'Pending' AND lock_by IS NULL AND run_at <= ?";

/// Jobs in an SQLite file.
#[derive(Debug)]
pub struct SqliteQueue {
    pool: SqlitePool,
    clock: Clock,
    bells: Bells,
}

impl SqliteQueue {
    /// Opens or makes the file.
    pub async fn open(file: &Path, clock: Clock) -> Result<Self, QueueError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(failed)?;
        SqliteStorage::migrations().run(&pool).await.map_err(failed)?;
        Ok(Self { pool, clock, bells: Bells::default() })
    }

    fn storage(&self, lane: Lane) -> SqliteStorage<Value> {
        let config = Config::default()
            .queue(lane.queue_name())
            .batch_size(1)
            .heartbeat_interval(Duration::from_secs(5))
            .missed_heartbeats(2);
        SqliteStorage::new(&self.pool).with_config(config)
    }
}

#[async_trait]
impl Queue for SqliteQueue {
    async fn push(&self, job: Job, delay: Duration) -> Result<(), QueueError> {
        let lane = job.lane();
        let task = TaskBuilder::new(envelope::wrap(job, self.clock.utc() + delay)).run_after(delay).build();
        self.storage(lane).push_task(task).await.map_err(failed)?;
        self.bells.ring(lane);
        Ok(())
    }

    async fn work(
        &self,
        lane: Lane,
        name: &str,
        concurrency: usize,
        handler: Handler,
        stop: watch::Receiver<bool>,
    ) -> Result<(), QueueError> {
        let backend = self.storage(lane).poll_with_strategy(self.bells.listen(lane, POLL));
        worker::run(backend, name.to_owned(), concurrency, handler, stop).await
    }

    async fn sweep(&self) -> Result<(), QueueError> {
        sqlx::query("DELETE FROM Jobs WHERE status IN ('Done', 'Killed') AND done_at < strftime('%s', 'now') - ?")
            .bind(KEEP_DONE)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn check(&self) -> Result<(), QueueError> {
        sqlx::query("SELECT 1 FROM Jobs LIMIT 1").fetch_optional(&self.pool).await.map_err(failed)?;
        Ok(())
    }

    async fn lengths(&self) -> Result<[(Lane, u64); 3], QueueError> {
        let mut lengths = Lane::ALL.map(|lane| (lane, 0));
        for (lane, length) in &mut lengths {
            let waiting: i64 = sqlx::query_scalar(WAITING)
                .bind(lane.queue_name())
                .bind(self.clock.utc().timestamp())
                .fetch_one(&self.pool)
                .await
                .map_err(failed)?;
            *length = u64::try_from(waiting).unwrap_or(0);
        }
        Ok(lengths)
    }
}

fn failed(error: impl std::fmt::Display) -> QueueError {
    QueueError(error.to_string())
}
