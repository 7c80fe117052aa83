//! What the service says about its identity provider, and requests to that.

use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;
use crate::text;

/// The member `oidc` of the service's answer to `GET …/login/`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Provider {
    /// Its name, which is an address.
    pub issuer: String,
    /// As whom this program asks.
    pub client_id: String,
    /// What the token has to be good for.
    pub scopes: Vec<String>,
    /// What the token is for, where the provider wants to know.
    pub resource: Option<String>,
    /// Where a browser goes.
    pub authorization_endpoint: Option<String>,
    /// Where a terminal begins.
    pub device_authorization_endpoint: Option<String>,
    /// Where tokens come from.
    pub token_endpoint: Option<String>,
    /// Where tokens are given back.
    pub revocation_endpoint: Option<String>,
}

/// What the provider gives.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Tokens {
    /// For the service.
    pub access_token: String,
    /// For a new one, when that has ended.
    #[serde(default)]
    pub refresh_token: Option<String>,
}

/// Why there are no tokens.
#[derive(Debug)]
pub enum Denied {
    /// The provider says no; this is its word for it, e.g. `authorization_pending`.
    Error(String),
    /// There is no answer.
    Failed(Failure),
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Error(error) => Self::Refused {
                status: 401,
                message: format!("the identity provider says \"{}\"", text::printable(&error)),
            },
            Denied::Failed(failure) => failure,
        }
    }
}

impl Provider {
    /// All scopes to ask for: those of the service, and to go on without asking the user each time.
    pub fn scope(&self) -> String {
        let mut scopes = self.scopes.clone();
        scopes.push("offline_access".to_owned());
        scopes.join(" ")
    }

    /// Exchanges something for tokens.
    pub async fn tokens(&self, http: &Client, grant: &[(&str, &str)]) -> Result<Tokens, Denied> {
        let endpoint = self.token_endpoint.as_deref().unwrap_or_default();
        let mut form = vec![("client_id", self.client_id.as_str())];
        form.extend(self.resource.as_deref().map(|resource| ("resource", resource)));
        form.extend(grant);
        let answer = post(http, endpoint, &form).await?;
        serde_json::from_value(answer).map_err(|_| Denied::Failed(strange(endpoint)))
    }

    /// New tokens for a refresh token. The provider may give a new one of those as well, and end the old one.
    pub async fn refresh(&self, http: &Client, token: &str) -> Result<Tokens, Denied> {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let mut tokens = self.tokens(http, &grant).await?;
        tokens.refresh_token.get_or_insert_with(|| token.to_owned());
        Ok(tokens)
    }

    /// Gives a token back. That the provider cannot be reached is no reason to keep it.
    pub async fn revoke(&self, http: &Client, token: &str) -> Result<(), Denied> {
        let Some(endpoint) = &self.revocation_endpoint else { return Ok(()) };
        let form = [("client_id", self.client_id.as_str()), ("token", token)];
        let answer = http.post(endpoint).form(&form).send().await;
        answer.map(|_| ()).map_err(|error| Denied::Failed(unreachable(endpoint, &error)))
    }
}

/// Posts a form to the provider; what it answers, if it is JSON and no error.
pub async fn post(http: &Client, endpoint: &str, form: &[(&str, &str)]) -> Result<Value, Denied> {
    let failed = |error: reqwest::Error| Denied::Failed(unreachable(endpoint, &error));
    let answer = http.post(endpoint).form(form).header("accept", "application/json").send().await.map_err(failed)?;
    let status = answer.status();
    let body: Value = answer.json().await.map_err(|_| Denied::Failed(strange(endpoint)))?;
    match body.get("error").and_then(Value::as_str) {
        Some(error) => Err(Denied::Error(error.to_owned())),
        None if status == StatusCode::OK => Ok(body),
        None => Err(Denied::Failed(strange(endpoint))),
    }
}

fn unreachable(endpoint: &str, error: &reqwest::Error) -> Failure {
    Failure::Unreachable(format!("cannot reach the identity provider at {endpoint}: {error}"))
}

fn strange(endpoint: &str) -> Failure {
    Failure::Unreachable(format!("what answers at {endpoint} is no identity provider"))
}
