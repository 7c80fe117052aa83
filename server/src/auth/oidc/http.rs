//! Requests to the provider: with a timeout, without redirects (a token must not follow one), with a bound on the answer.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use serde_json::{Map, Value};

use super::Refusal;

/// Largest answer, in bytes.
const LARGEST: usize = 1 << 20;

/// Connections to the provider.
#[derive(Clone)]
pub struct Http(Client);

/// An answer in JSON.
pub struct Answer {
    pub status: StatusCode,
    /// `None` if it is no JSON object.
    pub body: Option<Map<String, Value>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("{}", with_causes(.0))]
    Transfer(#[from] reqwest::Error),
    #[error(transparent)]
    Form(#[from] openidconnect::http::Error),
    #[error("its answer is larger than {LARGEST} bytes")]
    TooLarge,
}

impl From<HttpError> for Refusal {
    fn from(error: HttpError) -> Self {
        Self::Provider(error.to_string())
    }
}

impl Http {
    /// `timeout` is for everything from the connection to the last byte.
    pub fn new(timeout: Duration) -> anyhow::Result<Self> {
        // The first one who needs it installs it for the process.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(redirect::Policy::none()).timeout(timeout).build()?;
        Ok(Self(client))
    }

    /// A form in a POST request.
    pub fn post(&self, url: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.0.post(url).form(form)
    }

    /// A GET request.
    pub fn get(&self, url: &str) -> RequestBuilder {
        self.0.get(url)
    }

    /// Sends a request. What is no answer of a working provider (5xx above all) is an error.
    pub async fn json(&self, request: RequestBuilder) -> Result<Answer, Refusal> {
        let response = request.header("Accept", "application/json").send().await.map_err(HttpError::from)?;
        let status = response.status();
        let bytes = whole(response).await?;
        if status.is_server_error() || status.is_redirection() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Refusal::Provider(format!("it answered {status}")));
        }
        Ok(Answer { status, body: serde_json::from_slice(&bytes).ok() })
    }
}

async fn whole(mut response: reqwest::Response) -> Result<Vec<u8>, HttpError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(HttpError::TooLarge);
        }
    }
    Ok(bytes)
}

/// What happened, and why: the last cause says the most.
fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.0.execute(request.try_into()?).await?;
            let mut answer = openidconnect::http::Response::builder().status(response.status());
            for (name, value) in response.headers() {
                answer = answer.header(name, value);
            }
            Ok(answer.body(whole(response).await?)?)
        })
    }
}
