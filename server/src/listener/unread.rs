//! Bodies that are not read to their end.
//!
//! A request can be answered before all of it was read. What is left of it then stands in the way of the next one, so that the
//! connection has to end; the client is told with the answer, or it would send its next request into a connection that is just
//! being closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures::{StreamExt, stream};
use poem::http::{HeaderValue, header};
use poem::{Body, Request, Response};

/// Whether the body of a request is read.
#[derive(Debug)]
pub struct Unread(Arc<AtomicBool>);

impl Unread {
    /// Watches a request that has a body.
    pub fn of(request: &mut Request) -> Self {
        let unread = Arc::new(AtomicBool::new(true));
        let noted = Arc::clone(&unread);
        let end = stream::poll_fn(move |_| {
            noted.store(false, Ordering::Release);
            Poll::Ready(None)
        });
        let body = request.take_body().into_bytes_stream();
        request.set_body(Body::from_bytes_stream(body.chain(end)));
        Self(unread)
    }

    /// Says in the answer that the connection ends, where it has to.
    pub fn announce(&self, answer: &mut Response) {
        if self.0.load(Ordering::Acquire) {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}
