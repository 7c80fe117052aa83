//! How long requests take, by route, method and class of the status.
//!
//! The route is the pattern, not the path; methods and statuses that nobody has heard of are one: the number of series is bounded
//! whatever clients send. Each series is looked up once and kept.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics::{Histogram, histogram};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, Request, Response, Result};

use super::current;
use crate::monitor::REQUEST_DURATION;

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "other"];
const CLASSES: [&str; 5] = ["2xx", "3xx", "4xx", "5xx", "other"];

/// Durations of the requests of one route.
pub struct Durations {
    route: String,
    series: [[OnceLock<Histogram>; CLASSES.len()]; METHODS.len()],
}

impl Durations {
    /// Of the route with this pattern, as the router writes it: `/module-builds/:id`.
    pub fn of(pattern: &str) -> Arc<Self> {
        let parts: Vec<_> = pattern.split('/').map(without_colon).collect();
        Arc::new(Self { route: parts.join("/"), series: Default::default() })
    }

    /// Of requests that no route takes.
    pub fn of_the_lost() -> Arc<Self> {
        Self::of("none")
    }

    /// Notes a request.
    pub fn record(&self, method: &Method, status: StatusCode, duration: Duration) {
        let method = METHODS.iter().position(|name| *name == method.as_str()).unwrap_or(METHODS.len() - 1);
        let class = usize::from(status.as_u16() / 100).wrapping_sub(2).min(CLASSES.len() - 1);
        let series = self.series[method][class].get_or_init(|| {
            let labels =
                [("route", self.route.clone()), ("method", METHODS[method].into()), ("status", CLASSES[class].into())];
            histogram!(REQUEST_DURATION, &labels)
        });
        series.record(duration);
    }
}

/// `:id` is `{id}` in the documentation of the API.
pub fn without_colon(part: &str) -> String {
    part.strip_prefix(':').map_or_else(|| part.to_owned(), |name| format!("{{{name}}}"))
}

/// An endpoint that says which route it is.
pub struct Routed<E> {
    endpoint: E,
    durations: Arc<Durations>,
}

impl<E> Routed<E> {
    /// What answers requests of this pattern.
    pub fn new(pattern: &str, endpoint: E) -> Self {
        Self { endpoint, durations: Durations::of(pattern) }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Routed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        current::routed(&self.durations);
        self.endpoint.call(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_method_and_any_status_has_its_series() {
        let durations = Durations::of("/module-builds/:id/messages");
        assert_eq!(durations.route, "/module-builds/{id}/messages");
        for method in [Method::GET, Method::TRACE, Method::from_bytes(b"BREW").unwrap()] {
            for status in [100, 199, 200, 299, 308, 404, 503, 999] {
                durations.record(&method, StatusCode::from_u16(status).unwrap(), Duration::ZERO);
            }
        }
        let made = durations.series.iter().flatten().filter(|series| series.get().is_some()).count();
        assert_eq!(made, 2 * CLASSES.len());
    }
}
