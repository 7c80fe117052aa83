//! The production queue: Redis, shared by any number of servers and workers.

use std::time::Duration;

use apalis::prelude::*;
use apalis_core::backend::ext::BackendExt;
use apalis_redis::{Config, RedisStorage};
use async_trait::async_trait;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use serde_json::Value;
use tokio::sync::watch;

use super::{Bells, Handler, Lane, Queue, QueueError, worker};
use crate::Job;

/// How soon jobs of other processes, and delayed ones, are noticed.
const POLL: Duration = Duration::from_millis(100);

/// Jobs in Redis.
pub struct RedisQueue {
    connection: ConnectionManager,
    bells: Bells,
}

impl RedisQueue {
    /// Connects when first used, and again whenever the connection is lost. `address` as `redis://host:port/database`.
    pub fn open(address: &str) -> Result<Self, QueueError> {
        let timeouts = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_response_timeout(Some(Duration::from_secs(10)))
            .set_connection_timeout(Some(Duration::from_secs(5)));
        let client = redis::Client::open(address).map_err(failed)?;
        let connection = ConnectionManager::new_lazy_with_config(client, timeouts).map_err(failed)?;
        Ok(Self { connection, bells: Bells::default() })
    }

    fn storage(&self, lane: Lane) -> RedisStorage<Value> {
        RedisStorage::new(self.connection.clone()).with_config(config(lane))
    }
}

fn config(lane: Lane) -> Config {
    Config::default()
        .queue(lane.queue_name())
        .batch_size(1)
        .heartbeat_interval(Duration::from_secs(5))
        .missed_heartbeats(2)
}

#[async_trait]
impl Queue for RedisQueue {
    async fn push(&self, job: Job, delay: Duration) -> Result<(), QueueError> {
        let lane = job.lane();
        let task = TaskBuilder::new(job.payload()).run_after(delay).build();
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

    /// Apalis keeps payload and result of every job it has done; they are of no use here.
    async fn sweep(&self) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        for lane in Lane::ALL {
            let config = config(lane);
            for set in [config.done_jobs_set(), config.dead_jobs_set()] {
                sweep_set(&mut connection, &config, &set).await.map_err(failed)?;
            }
        }
        Ok(())
    }
}

async fn sweep_set(connection: &mut ConnectionManager, config: &Config, set: &str) -> redis::RedisResult<()> {
    let ids: Vec<String> = redis::cmd("SRANDMEMBER").arg(set).arg(1000).query_async(connection).await?;
    for id in ids {
        redis::pipe()
            .hdel(config.job_data_hash(), &id)
            .ignore()
            .del(format!("{}:{id}", config.job_meta_hash()))
            .ignore()
            .srem(set, &id)
            .ignore()
            .exec_async(connection)
            .await?;
    }
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> QueueError {
    QueueError(error.to_string())
}
