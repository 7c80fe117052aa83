//! `GET …/monitor/metrics`, also as `/metrics`: the metrics of this process, for Prometheus.

use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{Response, handler};

use crate::monitor::Monitor;

/// The format that the Python service announces, too.
const CONTENT_TYPE: &str = "text/plain; version=1.0.0; charset=utf-8";

/// Answers with the metrics. The version of the API is not looked at, as in the Python service.
#[handler]
pub async fn show(monitor: Data<&Arc<Monitor>>) -> Response {
    let metrics = monitor.metrics().await;
    Response::builder().status(StatusCode::OK).header(header::CONTENT_TYPE, CONTENT_TYPE).body(metrics)
}
