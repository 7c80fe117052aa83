//! A line a request: method, path, status, milliseconds.

use std::sync::Arc;
use std::time::Instant;

use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, Request, Response, Result};

/// Answers a request by `next` and writes the line. Query strings are left out: they may hold what is nobody's business.
pub async fn write(next: Arc<BoxEndpoint<'static>>, request: Request) -> Result<Response> {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.as_ref().get_response(request).await;
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    let status = response.status().as_u16();
    if status >= 500 {
        tracing::warn!(%method, path, status, ms, "answered");
    } else {
        tracing::info!(%method, path, status, ms, "answered");
    }
    Ok(response)
}
