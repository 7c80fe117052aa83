//! A line a request: method, path, status, milliseconds, id. The id is in the answer, too, and the duration in the metrics.

use std::sync::Arc;
use std::time::{Duration, Instant};

use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::http::{Method, StatusCode, Uri, header};
use poem::{Endpoint, Request, Response, Result};

use super::current::{self, Current, REQUEST_ID};
use super::durations::Durations;
use super::security;

/// Answers a request by `next`, and notes it; in `lost` if no route took it. Query strings are left out of the line: they may hold
/// what is nobody's business.
pub async fn write(next: Arc<BoxEndpoint<'static>>, lost: Arc<Durations>, request: Request) -> Result<Response> {
    let start = Instant::now();
    let (method, uri, current) = (request.method().clone(), request.uri().clone(), Current::of(&request));
    let over_tls = *request.scheme() == Scheme::HTTPS;
    let answer = async {
        let mut response = next.as_ref().get_response(request).await;
        let (duration, status) = (start.elapsed(), response.status());
        current::with(|id, route| {
            route.unwrap_or(&lost).record(&method, status, duration);
            line(&method, &uri, status, duration, id.to_str().unwrap_or_default());
            response.headers_mut().insert(REQUEST_ID, id.clone());
        });
        security::add(response.headers_mut(), over_tls);
        if let Some(reply) = current::replied() {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, reply);
        }
        response
    };
    Ok(current.scope(answer).await)
}

/// Probes come every few seconds and say nothing new while all is well.
fn line(method: &Method, uri: &Uri, status: StatusCode, duration: Duration, id: &str) {
    let (path, ms, status) = (uri.path(), milliseconds(duration), status.as_u16());
    match status {
        500.. => tracing::warn!(%method, path, status, ms, id, "answered"),
        ..400 if is_probe(path) => tracing::debug!(%method, path, status, ms, id, "answered"),
        _ => tracing::info!(%method, path, status, ms, id, "answered"),
    }
}

/// With three decimals.
fn milliseconds(duration: Duration) -> f64 {
    let micros = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
    f64::from(micros) / 1000.0
}

fn is_probe(path: &str) -> bool {
    matches!(path, "/" | "/healthz" | "/readyz" | "/metrics") || path.ends_with("/monitor/metrics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_have_three_decimals() {
        let shown = |duration| milliseconds(duration).to_string();
        assert_eq!(shown(Duration::from_nanos(412_999)), "0.412");
        assert_eq!(shown(Duration::from_micros(1_234_567)), "1234.567");
        assert_eq!(shown(Duration::ZERO), "0");
    }
}
