//! One request and its answer: repeated while it can be, and turned into JSON or a failure.

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::header::DATE;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;

use super::Service;
use super::negotiate::{self, NoAnswer};
use crate::failure::Failure;
use crate::text;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_MESSAGE: usize = 2000;

/// When a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It changes nothing.
    Always,
    /// Only when the service cannot have acted on it.
    IfUnread,
    /// It has a key by which the service does it once, however often it comes. Patience begins with the first failure: the
    /// answer itself may take long.
    UnderKey,
}

impl Repeat {
    /// Whether it may be sent again although the service may have acted on it.
    fn is_harmless(self) -> bool {
        matches!(self, Self::Always | Self::UnderKey)
    }
}

/// An attempt that failed.
struct Attempt {
    failure: Failure,
    again: bool,
}

impl Service {
    /// Sends what `request` makes, again and again until it is answered or patience ends.
    pub(super) async fn exchange(
        &self,
        request: impl Fn() -> RequestBuilder,
        repeat: Repeat,
    ) -> Result<Value, Failure> {
        let mut start = Instant::now();
        let (mut failed, mut renewed) = (false, false);
        let mut pause = FIRST_PAUSE;
        loop {
            let attempt = match self.attempt(request(), repeat).await {
                Ok(answer) => return Ok(answer),
                Err(attempt) => attempt,
            };
            if matches!(attempt.failure, Failure::Refused { status: 401, .. }) && !renewed {
                renewed = true;
                if self.identity.renew(&self.http).await? {
                    continue;
                }
            }
            if repeat == Repeat::UnderKey && !failed {
                failed = true;
                start = Instant::now();
            }
            if !attempt.again || start.elapsed() + pause > self.patience {
                return Err(attempt.failure);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, request: RequestBuilder, repeat: Repeat) -> Result<Value, Attempt> {
        let unreachable = |error: &reqwest::Error| Attempt {
            failure: Failure::Unreachable(format!("cannot reach the service at {}: {}", self.place(), cause(error))),
            again: repeat.is_harmless() || error.is_connect(),
        };
        let host = self.base.host_str().unwrap_or_default();
        let response = negotiate::send(host, self.identity.authorize(request)).await.map_err(|error| match error {
            NoAnswer::Http(error) => unreachable(&error),
            NoAnswer::Login(failure) => Attempt { failure, again: false },
        })?;
        if let Some(date) = response.headers().get(DATE).and_then(|date| date.to_str().ok()) {
            self.clock.set(date);
        }
        let status = response.status();
        if status.is_success() { self.read(response).await } else { Err(self.refusal(response, status, repeat).await) }
    }

    async fn read(&self, response: Response) -> Result<Value, Attempt> {
        response.json().await.map_err(|_| Attempt {
            failure: Failure::Unreachable(format!("what answers at {} is not a Module Build Service", self.place())),
            again: false,
        })
    }

    async fn refusal(&self, response: Response, status: StatusCode, repeat: Repeat) -> Attempt {
        let body = response.text().await.unwrap_or_default();
        let message = message(&body).unwrap_or_else(|| format!("{} answered \"{status}\"", self.place()));
        let message = message + self.identity.hint(status);
        if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            return Attempt { failure: Failure::Refused { status: status.as_u16(), message }, again: false };
        }
        let untouched = matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        let failure =
            Failure::Unreachable(format!("the service cannot answer: {message} (status {})", status.as_u16()));
        Attempt { failure, again: repeat.is_harmless() || untouched }
    }

    /// The service's scheme, host and port.
    fn place(&self) -> String {
        self.base.origin().ascii_serialization()
    }
}

/// The `message` of an error body. Pages of HTML, as proxies send them, say nothing that a user could use.
fn message(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let message = text::printable(body.get("message")?.as_str()?);
    Some(message.chars().take(LONGEST_MESSAGE).collect())
}

/// The innermost cause, which is the one that names what went wrong ("Connection refused").
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".into();
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_message_of_an_error_is_shown() {
        assert_eq!(
            message(r#"{"error": "Not Found", "message": "No such module found.", "status": 404}"#).as_deref(),
            Some("No such module found.")
        );
        assert_eq!(message("<!doctype html><h1>Bad Gateway</h1>"), None);
        assert_eq!(message(r#"{"message": 7}"#), None);
        assert_eq!(message(r#"["message"]"#), None);
        assert_eq!(message(&format!(r#"{{"message": "{}"}}"#, "x".repeat(9000))).unwrap().len(), LONGEST_MESSAGE);
    }
}
