//! The production queue: Redis, shared by any number of servers and workers.

use std::time::Duration;

use apalis::prelude::*;
use apalis_core::backend::ext::BackendExt;
use apalis_redis::{Config, RedisStorage};
use async_trait::async_trait;
use entities::clock::Clock;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use serde_json::Value;
use tokio::sync::watch;

use super::{Bells, Handler, Lane, Queue, QueueError, envelope, worker};
use crate::Job;

/// How soon jobs of other processes, and delayed ones, are noticed.
const POLL: Duration = Duration::from_millis(100);

/// Jobs in Redis.
pub struct RedisQueue {
    connection: ConnectionManager,
    clock: Clock,
    bells: Bells,
}

impl RedisQueue {
    /// Connects when first used, and again whenever the connection is lost. `address` as `redis://host:port/database`.
    pub fn open(address: &str, clock: Clock) -> Result<Self, QueueError> {
        let timeouts = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_response_timeout(Some(Duration::from_secs(10)))
            .set_connection_timeout(Some(Duration::from_secs(5)));
        let client = redis::Client::open(address).map_err(failed)?;
        let connection = ConnectionManager::new_lazy_with_config(client, timeouts).map_err(failed)?;
        Ok(Self { connection, clock, bells: Bells::default() })
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

    async fn check(&self) -> Result<(), QueueError> {
        redis::cmd("PING").exec_async(&mut self.connection.clone()).await.map_err(failed)
    }

    /// Jobs whose pause is over become active when a worker next looks; those are counted, too.
    async fn lengths(&self) -> Result<[(Lane, u64); 3], QueueError> {
        let mut asked = redis::pipe();
        for lane in Lane::ALL {
            let config = config(lane);
            asked.llen(config.active_jobs_list());
            asked.zcount(config.scheduled_jobs_set(), "-inf", self.clock.utc().timestamp());
        }
        let counts: [u64; 6] = asked.query_async(&mut self.connection.clone()).await.map_err(failed)?;
        let mut lengths = Lane::ALL.map(|lane| (lane, 0));
        for (length, counts) in lengths.iter_mut().zip(counts.chunks(2)) {
            length.1 = counts.iter().sum();
        }
        Ok(lengths)
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
