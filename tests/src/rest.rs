//! What clients ask of the service.

use std::collections::BTreeMap;
use std::sync::Once;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::exposition::Metrics;
use crate::wait::{LONG, until};

/// The REST API at version 2, where submissions always answer with a list.
const API: &str = "/module-build-service/2";

/// A client.
#[derive(Clone, Debug)]
pub struct Rest {
    base: String,
    client: Client,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body; null if it is not JSON.
    pub body: Value,
    /// Body as it came.
    pub text: String,
    /// Headers by name in small letters.
    pub headers: BTreeMap<String, String>,
}

impl Answer {
    /// The sentence of an error.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or(&self.text)
    }

    /// Ids of the builds in the answer to a submission that was taken.
    pub fn ids(&self) -> Vec<i64> {
        assert_eq!(self.status, 201, "{}", self.text);
        self.body.as_array().unwrap().iter().map(|build| build["id"].as_i64().unwrap()).collect()
    }

    /// The only one of [`Answer::ids`].
    pub fn id(&self) -> i64 {
        match self.ids()[..] {
            [id] => id,
            _ => panic!("not one build: {}", self.text),
        }
    }
}

impl Rest {
    /// A client of the service at `base`, e.g. `http://127.0.0.1:5000`.
    pub fn new(base: String) -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| {
            let _installed_already = rustls::crypto::ring::default_provider().install_default();
        });
        let client = Client::builder().timeout(Duration::from_mins(1)).no_proxy().build().unwrap();
        Self { base, client }
    }

    /// Whether the service is up.
    pub async fn answers(&self) -> bool {
        let answer = send(self.client.get(self.url("/about/"))).await;
        answer.is_some_and(|answer| answer.status == 200)
    }

    /// GET below the API's root, e.g. `/module-builds/1`.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.client.get(self.url(path))).await.expect("the server answers")
    }

    /// GET below the API's root with headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.client.get(self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        send(request).await.expect("the server answers")
    }

    /// GET outside of the API, e.g. `/readyz`.
    pub async fn get_at_root(&self, path: &str) -> Answer {
        send(self.client.get(format!("{}{path}", self.base))).await.expect("the server answers")
    }

    /// The metrics of the process.
    pub async fn metrics(&self) -> Metrics {
        let answer = self.get_at_root("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Metrics::parse(&answer.text)
    }

    /// POST of JSON to `/module-builds/`; `None` if there was no answer.
    pub async fn try_submit(&self, body: &Value) -> Option<Answer> {
        send(self.client.post(self.url("/module-builds/")).json(body)).await
    }

    /// POST of JSON to `/module-builds/`.
    pub async fn submit(&self, body: &Value) -> Answer {
        self.try_submit(body).await.expect("the server answers")
    }

    /// POST of any bytes to `/module-builds/` as JSON.
    pub async fn submit_bytes(&self, body: Vec<u8>) -> Answer {
        let request = self.client.post(self.url("/module-builds/")).header("content-type", "application/json");
        send(request.body(body)).await.expect("the server answers")
    }

    /// POST of any bytes below the API's root, e.g. to `/module-builds/?dry_run=true`; `None` if there was no answer.
    pub async fn try_post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Option<Answer> {
        let request = self.client.post(self.url(path)).body(body.into());
        send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    /// [`Rest::try_post`] with an answer.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        self.try_post(path, headers, body).await.expect("the server answers")
    }

    /// POST of JSON outside of the API, e.g. to `/graphql`.
    pub async fn post_at_root(&self, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base)).header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        send(request.body(body)).await.expect("the server answers")
    }

    /// Any request below the API's root, with any headers, and with JSON if there is a body.
    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, String)], body: Option<&Value>) -> Answer {
        let request = self.client.request(method.parse().unwrap(), self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let request = body.into_iter().fold(request, RequestBuilder::json);
        send(request).await.expect("the server answers")
    }

    /// Imports the document of a commit.
    pub async fn import_module(&self, body: &Value) -> Answer {
        send(self.client.post(self.url("/import-module/")).json(body)).await.expect("the server answers")
    }

    /// Submits a commit.
    pub async fn submit_scm(&self, scmurl: &str, branch: &str) -> Answer {
        self.submit(&json!({"scmurl": scmurl, "branch": branch})).await
    }

    /// Submits a document.
    pub async fn submit_document(&self, text: &str) -> Answer {
        self.submit(&json!({"modulemd": text})).await
    }

    /// Submits a document as an uploaded file.
    pub async fn upload(&self, file_name: &str, content: Vec<u8>) -> Answer {
        let part = Part::bytes(content).file_name(file_name.to_owned());
        let form = Form::new().part("yaml", part);
        send(self.client.post(self.url("/module-builds/")).multipart(form)).await.expect("the server answers")
    }

    /// Cancels a build.
    pub async fn cancel(&self, id: i64) -> Answer {
        self.patch(id, &json!({"state": "failed"})).await
    }

    /// PATCH of a build.
    pub async fn patch(&self, id: i64, body: &Value) -> Answer {
        let request = self.client.patch(self.url(&format!("/module-builds/{id}")));
        send(request.json(body)).await.expect("the server answers")
    }

    /// A build, in full.
    pub async fn build(&self, id: i64) -> Value {
        let answer = self.get(&format!("/module-builds/{id}?verbose=true")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    }

    /// Waits until the build is ready; fails the test as soon as it failed.
    pub async fn ready(&self, id: i64) -> Value {
        let build = self.ended(id).await;
        assert_eq!(build["state_name"], "ready", "build {id}: {}", build["state_reason"]);
        build
    }

    /// Waits until the build has failed; returns its reason.
    pub async fn failed(&self, id: i64) -> String {
        let build = self.ended(id).await;
        assert_eq!(build["state_name"], "failed", "build {id}");
        build["state_reason"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the build is ready or failed. The server may be away meanwhile.
    pub async fn ended(&self, id: i64) -> Value {
        let ended = |build: &Value| matches!(build["state_name"].as_str(), Some("ready" | "failed"));
        self.when(id, "ended", ended).await
    }

    /// Waits until the build is in a state.
    pub async fn in_state(&self, id: i64, state: &str) -> Value {
        self.when(id, state, |build| build["state_name"] == state).await
    }

    /// Waits until something is true of the build. The server may be away meanwhile.
    pub async fn when(&self, id: i64, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let path = self.url(&format!("/module-builds/{id}?verbose=true"));
        let mut last = Value::Null;
        let look = async || {
            let answer = send(self.client.get(&path)).await.filter(|answer| answer.status == 200)?;
            last = answer.body;
            is_so(&last).then(|| last.clone())
        };
        until(&format!("build {id} to be {what}"), LONG, look).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{API}{path}", self.base)
    }
}

async fn send(request: RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let header = |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), text_of(value));
    let headers = response.headers().iter().map(header).collect();
    let text = response.text().await.ok()?;
    let body = serde_json::from_str(&text).unwrap_or_default();
    Some(Answer { status, body, text, headers })
}

fn text_of(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
