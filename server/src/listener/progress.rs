//! What a connection is doing, and for how long that is all right.
//!
//! ```text
//! waiting ──first byte──▶ beginning ──end of the headers──▶ under way ──all of the answer is sent──▶ waiting
//! KEEP_ALIVE_SECONDS      HEADER_TIMEOUT_SECONDS            as long as it takes; the answer must move
//!                                                           within SEND_TIMEOUT_SECONDS
//! ```
//! Where TLS is spoken, agreeing on it has the time of headers. How long a body may take is up to whoever reads it (`rest/body.rs`). On HTTP/2, where clients send more than requests, a
//! connection that had one is waiting or under way.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use hyper::Version;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::config::Connections;

/// What one connection is doing.
#[derive(Debug)]
pub struct Progress(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Requests whose headers have come and whose answers are not sent.
    under_way: usize,
    /// Something of the next request has come.
    beginning: bool,
    /// Since when there is no request under way, or the next one is beginning.
    since: Instant,
    /// Since when nothing could be sent of what is to be sent.
    stuck: Option<Instant>,
    /// It speaks HTTP/2.
    multiplexed: bool,
}

impl Progress {
    /// Of a connection that was just accepted.
    pub fn new() -> Self {
        let since = Instant::now();
        Self(Mutex::new(State { under_way: 0, beginning: false, since, stuck: None, multiplexed: false }))
    }

    /// Bytes have come.
    pub fn received(&self) {
        let mut state = self.state();
        if state.under_way == 0 && !state.beginning && !state.multiplexed {
            (state.beginning, state.since) = (true, Instant::now());
        }
    }

    /// What has come so far was no request: TLS has begun.
    pub fn begin_anew(&self) {
        let mut state = self.state();
        (state.beginning, state.since) = (false, Instant::now());
    }

    /// The client took something (`moved`), or takes nothing at present.
    pub fn sent(&self, moved: bool) {
        let mut state = self.state();
        if moved {
            state.stuck = None;
        } else if state.stuck.is_none() {
            state.stuck = Some(Instant::now());
        }
    }

    /// The headers of a request have come. It is under way until what is returned is dropped.
    pub fn begin(self: &Arc<Self>, version: Version) -> UnderWay {
        let mut state = self.state();
        state.under_way += 1;
        state.beginning = false;
        state.multiplexed = version == Version::HTTP_2;
        UnderWay(Arc::clone(self))
    }

    /// Whether no request is under way.
    pub fn is_waiting(&self) -> bool {
        self.state().under_way == 0
    }

    /// Ends when the connection has been doing the same for too long. To be polled by the task that serves the connection: that
    /// is woken whenever something changes.
    pub async fn overdue(&self, limits: &Connections) {
        let mut timer = Box::pin(tokio::time::sleep_until(self.due(limits)));
        poll_fn(|cx| {
            loop {
                // A deadline that moved away is looked at when the old one has come: most requests move it twice.
                let due = self.due(limits);
                if timer.deadline() > due || timer.is_elapsed() {
                    timer.as_mut().reset(due);
                }
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                if self.due(limits) <= Instant::now() {
                    return Poll::Ready(());
                }
            }
        })
        .await;
    }

    /// When it is overdue; while a request is under way, when to look again.
    fn due(&self, limits: &Connections) -> Instant {
        let state = self.state();
        if let Some(stuck) = state.stuck {
            return stuck + limits.send_timeout;
        }
        match (state.under_way, state.beginning) {
            (0, false) => state.since + limits.keep_alive,
            (0, true) => state.since + limits.header_timeout,
            _ => Instant::now() + limits.keep_alive,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is under way.
#[derive(Debug)]
pub struct UnderWay(Arc<Progress>);

impl UnderWay {
    /// The same answer; the request is under way until it is sent.
    pub fn until_sent<B>(self, answer: hyper::Response<B>) -> hyper::Response<Answer<B>> {
        answer.map(|body| Answer { body, _under_way: self })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way -= 1;
        if state.under_way == 0 {
            (state.beginning, state.since) = (false, Instant::now());
        }
    }
}

/// The body of an answer.
pub struct Answer<B> {
    body: B,
    _under_way: UnderWay,
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
