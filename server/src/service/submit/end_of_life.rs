//! Streams that are past their end of life, as the Product Definition Center (PDC) knows them.
//!
//! Asked is `PDC_URL/component-branches/?type=module&global_component=NAME&name=STREAM`; of the answer
//! `{"results": [{"active": true}]}` the first result counts.

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Client, Response, Url};
use serde_json::Value;

use crate::config::Config;
use crate::service::ServiceError;

/// Somebody waits for the answer to a submission, however long `NET_TIMEOUT` is.
const LONGEST: Duration = Duration::from_secs(15);

/// An answer about one stream has a few hundred bytes.
const MAX_BYTES: usize = 1 << 20;

/// How much of what PDC says goes into a message.
const SHOWN: usize = 300;

/// Refuses a module whose stream is no longer active, or that PDC does not know. Where `CHECK_FOR_EOL` is off, nobody is asked.
pub async fn check(config: &Config, name: &str, stream: &str) -> Result<(), ServiceError> {
    let Some(pdc) = &config.rest.end_of_life_url else { return Ok(()) };
    let query = [("type", "module"), ("global_component", name), ("name", stream)];
    let url = Url::parse_with_params(&format!("{}/component-branches/", pdc.trim_end_matches('/')), query);
    let url = url.map_err(|error| unavailable(&format!("PDC_URL is no address: {error}")))?;
    let bound = config.jobs.net_timeout.clamp(Duration::from_secs(1), LONGEST);
    let answer = tokio::time::timeout(bound, ask(&url)).await;
    let answer =
        answer.map_err(|_| unavailable(&format!("it did not answer within {} seconds", bound.as_secs())))??;
    match active(&answer)? {
        None => Err(ServiceError::Invalid(format!("No such module {name}:{stream} found at {url}"))),
        Some(false) => Err(ServiceError::Invalid(format!("Module {name}:{stream} is marked as EOL in PDC."))),
        Some(true) => Ok(()),
    }
}

async fn ask(url: &Url) -> Result<Vec<u8>, ServiceError> {
    let response = client()?.get(url.clone()).send().await.map_err(|error| unavailable(&cause(&error)))?;
    let status = response.status();
    let body = body(response).await?;
    if status.is_client_error() || status.is_server_error() {
        let text = shown(&String::from_utf8_lossy(&body));
        return Err(ServiceError::Invalid(format!("Failed to talk to PDC <Response [{}]>{text}", status.as_u16())));
    }
    Ok(body)
}

async fn body(mut response: Response) -> Result<Vec<u8>, ServiceError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(&cause(&error)))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BYTES {
            return Err(unavailable("its answer is too long"));
        }
    }
    Ok(body)
}

/// Whether the stream is active; `None` if it is not known.
fn active(answer: &[u8]) -> Result<Option<bool>, ServiceError> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let results = answer.get("results").and_then(Value::as_array);
    let results = results.ok_or_else(|| unavailable("its answer is not what it should be"))?;
    let Some(first) = results.first() else { return Ok(None) };
    let active = first.get("active").and_then(Value::as_bool);
    active.map(Some).ok_or_else(|| unavailable("its answer is not what it should be"))
}

/// Made once: it keeps connections.
fn client() -> Result<&'static Client, ServiceError> {
    static CLIENT: OnceLock<Result<Client, String>> = OnceLock::new();
    let made = CLIENT.get_or_init(|| {
        // reqwest is built without a TLS provider of its own. The only error is that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder().build().map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|error| ServiceError::Internal(error.clone()))
}

/// The innermost cause says most, e.g. `Connection refused`.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    shown(&cause.to_string())
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn unavailable(reason: &str) -> ServiceError {
    ServiceError::Unavailable(format!(
        "Failed to talk to PDC, which knows whether the stream is past its end of life: {reason}. Try again later."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_result_counts() {
        for (answer, expected) in [
            (r#"{"results": [{"active": true}, {"active": false}]}"#, Some(true)),
            (r#"{"results": [{"active": false, "slas": []}]}"#, Some(false)),
            (r#"{"results": []}"#, None),
        ] {
            assert_eq!(active(answer.as_bytes()).unwrap(), expected, "{answer}");
        }
        for answer in
            ["", "[]", "{}", r#"{"results": {}}"#, r#"{"results": [{}]}"#, r#"{"results": [{"active": "no"}]}"#]
        {
            assert!(matches!(active(answer.as_bytes()), Err(ServiceError::Unavailable(_))), "{answer}");
        }
    }
}
