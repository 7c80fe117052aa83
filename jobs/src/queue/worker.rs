//! Running an Apalis worker on any backend, and starting it again when it ends.

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::*;
use apalis_codec::json::JsonCodec;
use apalis_core::backend::finalize::Durable;
use apalis_core::backend::persistence::TaskPersistLayer;
use apalis_core::backend::{BackendConfig, WireFormatBackend};
use serde_json::Value;
use tokio::sync::watch;

use super::{Handler, Lane, Queue, QueueError};

/// Longest pause between two starts of a worker.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Runs one worker until it ends, on a thread of its own: the future of an Apalis worker cannot be proven to be `Send` behind a
/// boxed trait method. The jobs themselves run on the shared runtime.
pub(super) async fn run<B>(
    backend: B,
    name: String,
    concurrency: usize,
    handler: Handler,
    stop: watch::Receiver<bool>,
) -> Result<(), QueueError>
where
    B: ServedBackend,
    B::Codec: Codec<Value, Compact = Vec<u8>>,
    <B::Codec as Codec<Value>>::Error: std::error::Error + Send + Sync + 'static,
{
    let runtime = tokio::runtime::Handle::current();
    let thread = move || runtime.block_on(run_here(backend, &name, concurrency, handler, stop));
    match tokio::task::spawn_blocking(thread).await {
        Ok(ended) => ended,
        Err(panic) => Err(QueueError(format!("the worker panicked: {panic}"))),
    }
}

/// What this file needs of an Apalis backend.
pub(super) trait ServedBackend:
    Backend<Task = Task<Vec<u8>>>
    + BackendConfig<Args = Value, Kind = Durable, Layer = TaskPersistLayer<JsonCodec<Value>, Value>>
    + WireFormatBackend<Compact = Vec<u8>>
    + Send
    + Unpin
    + 'static
{
}

impl<B> ServedBackend for B where
    B: Backend<Task = Task<Vec<u8>>>
        + BackendConfig<Args = Value, Kind = Durable, Layer = TaskPersistLayer<JsonCodec<Value>, Value>>
        + WireFormatBackend<Compact = Vec<u8>>
        + Send
        + Unpin
        + 'static
{
}

async fn run_here<B>(
    backend: B,
    name: &str,
    concurrency: usize,
    handler: Handler,
    mut stop: watch::Receiver<bool>,
) -> Result<(), QueueError>
where
    B: ServedBackend,
    B::Codec: Codec<Value, Compact = Vec<u8>>,
    <B::Codec as Codec<Value>>::Error: std::error::Error + Send + Sync + 'static,
{
    let stopped = async move {
        let _closed = stop.wait_for(|stop| *stop).await;
        Ok::<(), std::io::Error>(())
    };
    WorkerBuilder::new(name)
        .backend(backend)
        .concurrency(concurrency)
        .data(handler)
        .parallelize(tokio::spawn)
        .build(deliver)
        .run_until(stopped)
        .await
        .map_err(|error| QueueError(error.to_string()))
}

/// Always answers `Ok`: what an error means is decided by the job, not by the queue.
async fn deliver(payload: Value, handler: Data<Handler>) -> Result<(), BoxDynError> {
    (*handler)(payload).await;
    Ok(())
}

/// Keeps `lane` served until `stop` becomes true, whatever happens to the backend.
pub async fn supervise(
    queue: Arc<dyn Queue>,
    lane: Lane,
    holder: String,
    concurrency: usize,
    handler: Handler,
    mut stop: watch::Receiver<bool>,
) {
    let mut pause = Duration::from_millis(100);
    for start in 0_u64.. {
        let name = format!("{holder}-{}-{start}", lane.queue_name());
        let ended = queue.work(lane, &name, concurrency, handler.clone(), stop.clone()).await;
        if *stop.borrow() {
            return;
        }
        match ended {
            Ok(()) => tracing::warn!(lane = lane.queue_name(), "the worker ended by itself and is started again"),
            Err(error) => tracing::warn!(lane = lane.queue_name(), %error, "the worker ended and is started again"),
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = async { let _closed = stop.wait_for(|stop| *stop).await; } => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
