//! Logging in by a browser anywhere: this program shows an address and a code (RFC 8628).

use std::time::{Duration, Instant};

use reqwest::Client;
use serde::Deserialize;

use super::provider::{Denied, Provider, Tokens, post};
use crate::failure::Failure;
use crate::out;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    /// Seconds.
    expires_in: u64,
    /// Seconds between two questions.
    #[serde(default = "interval")]
    interval: u64,
}

/// What the standard says where the provider says nothing.
fn interval() -> u64 {
    5
}

/// Shows where to log in, and waits for that.
pub async fn log_in(http: &Client, provider: &Provider) -> Result<Tokens, Failure> {
    let endpoint = provider.device_authorization_endpoint.as_deref().unwrap_or_default();
    let scope = provider.scope();
    let mut form = vec![("client_id", provider.client_id.as_str()), ("scope", scope.as_str())];
    form.extend(provider.resource.as_deref().map(|resource| ("resource", resource)));
    let begun = post(http, endpoint, &form).await?;
    let begun: Begun = serde_json::from_value(begun)
        .map_err(|_| Failure::Unreachable(format!("what answers at {endpoint} is no identity provider")))?;
    let address = begun.verification_uri_complete.as_ref().unwrap_or(&begun.verification_uri);
    out::notice(&format!("log in with any browser at {address} with the code {}", begun.user_code));
    wait(http, provider, &begun).await
}

async fn wait(http: &Client, provider: &Provider, begun: &Begun) -> Result<Tokens, Failure> {
    let start = Instant::now();
    let mut pause = Duration::from_secs(begun.interval.min(60));
    while start.elapsed() < Duration::from_secs(begun.expires_in) {
        tokio::time::sleep(pause).await;
        let grant = [("grant_type", GRANT), ("device_code", begun.device_code.as_str())];
        match provider.tokens(http, &grant).await {
            Err(Denied::Error(error)) if error == "authorization_pending" => {}
            Err(Denied::Error(error)) if error == "slow_down" => pause += Duration::from_secs(5),
            ended => return Ok(ended?),
        }
    }
    Err(Failure::TimedOut("nobody logged in before the code ended".to_owned()))
}
