//! The queue: carries wake-ups to workers. The only folder that names Apalis or Redis.
//!
//! A queue is a hint. A lost job is pushed again by upkeep, a doubled one finds nothing to do, so nothing in here has to be
//! durable. Attempts, priorities and uniqueness are columns of our tables.
//!
//! Apalis 1.0 delivers and nothing more: payloads are opaque JSON; a handler never fails (a failed task would be retried at once
//! and without bound); one task is fetched at a time (larger batches run tasks twice); every start of a worker has a new name, and
//! a worker that ends for any reason is started again with a growing pause.
//!
//! To add a queue: a file beside `redis.rs` that implements [`Queue`], and a line in `server/src/assemble.rs`.

pub mod envelope;
mod redis;
mod sqlite;
mod worker;

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use async_trait::async_trait;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::sync::watch;

pub use self::redis::RedisQueue;
pub use self::sqlite::SqliteQueue;
pub use self::worker::supervise;
use crate::Job;

/// A line of waiting jobs. Long jobs have their own, so that short ones never wait behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Milliseconds: deciding, publishing, upkeep.
    Control,
    /// Seconds: talks to git or makes repositories.
    Prepare,
    /// Hours: builds.
    Build,
}

impl Lane {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Control, Self::Prepare, Self::Build];

    /// Name of the queue that carries it.
    pub fn queue_name(self) -> &'static str {
        match self {
            Self::Control => "mbs-control",
            Self::Prepare => "mbs-prepare",
            Self::Build => "mbs-build",
        }
    }

    /// What operators call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Prepare => "prepare",
            Self::Build => "build",
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Control => 0,
            Self::Prepare => 1,
            Self::Build => 2,
        }
    }
}

/// What is done with a delivered job; it never fails, failures are written down elsewhere.
pub type Handler = Arc<dyn Fn(serde_json::Value) -> BoxFuture<'static, ()> + Send + Sync>;

/// The queue did not take a job or stopped delivering.
#[derive(Debug, thiserror::Error)]
#[error("the queue is not available: {0}")]
pub struct QueueError(pub String);

/// Carries jobs.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Delivers `job` to some worker after `delay`, at least once unless the queue is lost.
    async fn push(&self, job: Job, delay: Duration) -> Result<(), QueueError>;

    /// Delivers jobs of one lane to `handler`, at most `concurrency` at a time, until `stop` becomes true or the backend fails.
    /// `name` is new for every call.
    async fn work(
        &self,
        lane: Lane,
        name: &str,
        concurrency: usize,
        handler: Handler,
        stop: watch::Receiver<bool>,
    ) -> Result<(), QueueError>;

    /// Forgets jobs that are done.
    async fn sweep(&self) -> Result<(), QueueError>;

    /// Asks whether it is there.
    async fn check(&self) -> Result<(), QueueError>;

    /// How many jobs are due and wait for a worker, by lane.
    async fn lengths(&self) -> Result<[(Lane, u64); 3], QueueError>;
}

/// Wakes the workers of this process as soon as this process pushes a job, long before they would poll.
#[derive(Debug)]
struct Bells([watch::Sender<u64>; 3]);

impl Default for Bells {
    fn default() -> Self {
        Self(std::array::from_fn(|_| watch::Sender::new(0)))
    }
}

impl Bells {
    fn ring(&self, lane: Lane) {
        self.0[lane.index()].send_modify(|count| *count += 1);
    }

    /// Wakes the worker of `lane` whenever somebody rings, and at least every `interval`.
    fn listen(&self, lane: Lane, interval: Duration) -> Listen {
        let bell = self.0[lane.index()].subscribe();
        Listen(Box::pin(futures::stream::unfold(bell, move |mut bell| async move {
            tokio::select! {
                rung = bell.changed() => if rung.is_err() { tokio::time::sleep(interval).await },
                () = tokio::time::sleep(interval) => {}
            }
            Some(((), bell))
        })))
    }
}

/// When an Apalis worker looks into its queue.
///
/// Not its own `StreamStrategy`: that one is not woken again after an item that it was given while the worker was busy with
/// something else, and the worker then slept until its next heartbeat.
struct Listen(BoxStream<'static, ()>);

impl PollStrategy for Listen {
    fn poll_drive(&mut self, cx: &mut TaskContext<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut rung = false;
        while let Poll::Ready(Some(())) = self.0.poll_next_unpin(cx) {
            rung = true;
        }
        if rung { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}
