//! `GET /healthz` and `GET /readyz`: what a load balancer or Kubernetes asks.

use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{Response, handler};
use serde_json::{Value, json};

use super::answer;
use crate::monitor::Monitor;

/// The process serves; nothing else is looked at.
#[handler]
pub fn healthz() -> Response {
    probe(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Whether everything answers that the process needs: 200 or 503, and what was found.
#[handler]
pub async fn readyz(monitor: Data<&Arc<Monitor>>) -> Response {
    let readiness = monitor.readiness().await;
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    probe(status, &readiness.json())
}

/// An answer that nobody may keep.
fn probe(status: StatusCode, body: &Value) -> Response {
    let mut response = answer::json(status, body);
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}
