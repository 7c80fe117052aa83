//! Hears of changes as they happen, where the service tells them: its stream of events rings a bell, and what is shown is asked for
//! as ever. A service that has no such stream (the Python one) is asked by the clock alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Response, StatusCode};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Before a stream that broke is opened again.
const PAUSE: Duration = Duration::from_secs(1);
/// One change is seldom alone; those that come with it are shown with it.
const GATHERED: Duration = Duration::from_millis(100);
/// How often to ask while the stream is open: for what is no change of a state.
const SELDOM: Duration = Duration::from_secs(5);

/// Rings when something has happened to the builds that are followed.
pub struct Feed {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    bell: Notify,
    open: AtomicBool,
}

impl Feed {
    /// Opens the stream that `request` asks for, beside everything else, and again when it breaks.
    pub fn open(request: RequestBuilder) -> Self {
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(listen(request, Arc::clone(&shared)));
        Self { shared, task }
    }

    /// How long to wait for the bell, where the clock alone would say `pause`.
    pub fn pause(&self, pause: Duration) -> Duration {
        if self.shared.open.load(Ordering::Relaxed) { SELDOM } else { pause }
    }

    /// Waits until something has happened. May be dropped; what happens meanwhile is not forgotten.
    pub async fn rung(&self) {
        self.shared.bell.notified().await;
    }

    /// After the bell: lets the changes come together.
    pub async fn gather() {
        tokio::time::sleep(GATHERED).await;
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(request: RequestBuilder, shared: Arc<Shared>) {
    while let Some(request) = request.try_clone() {
        match request.send().await {
            Ok(response) if is_stream(&response) => {
                shared.open.store(true, Ordering::Relaxed);
                ring_at_every_chunk(response, &shared).await;
                shared.open.store(false, Ordering::Relaxed);
                // By the clock again, from now on.
                shared.bell.notify_one();
            }
            Ok(response) if !may_work_later(response.status()) => return,
            _ => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    response.status() == StatusCode::OK && kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

fn may_work_later(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// The first chunk greets: what changed before it is asked for then. Comments say only that the stream is still there.
async fn ring_at_every_chunk(mut response: Response, shared: &Shared) {
    while let Ok(Some(chunk)) = response.chunk().await {
        if !chunk.starts_with(b":") {
            shared.bell.notify_one();
        }
    }
}
