//! Greenwave: policies, and decisions about subjects.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Json};
use poem::{EndpointExt, IntoResponse, Response, Route, Server, get, handler, post};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// A server; it ends when it is dropped. It knows two product versions of the context `ours`.
#[derive(Debug)]
pub struct Greenwave {
    address: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    satisfied: Mutex<BTreeSet<(String, String)>>,
    questions: Mutex<Vec<Value>>,
    broken: Mutex<bool>,
}

impl Greenwave {
    /// Starts it; no policy is satisfied.
    pub async fn start() -> Self {
        let state = Arc::new(State::default());
        let routes = Route::new()
            .at("/api/v1.0/policies", get(policies))
            .at("/api/v1.0/decision", post(decision))
            .data(Arc::clone(&state));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
        let task = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(routes).await.unwrap() });
        Self { address, state, task }
    }

    /// What `GREENWAVE_URL` is set to.
    pub fn url(&self) -> String {
        format!("http://{}/api/v1.0/", self.address)
    }

    /// From now on all policies of a product version are satisfied for a subject.
    pub fn satisfy(&self, product_version: &str, subject: &str) {
        self.state.satisfied.lock().unwrap().insert((product_version.to_owned(), subject.to_owned()));
    }

    /// From now on it answers with an error page, or no longer.
    pub fn break_down(&self, broken: bool) {
        *self.state.broken.lock().unwrap() = broken;
    }

    /// What it was asked to decide so far.
    pub fn questions(&self) -> Vec<Value> {
        self.state.questions.lock().unwrap().clone()
    }
}

impl Drop for Greenwave {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn answer(state: &State, body: &Value) -> Response {
    if *state.broken.lock().unwrap() {
        return (StatusCode::BAD_GATEWAY, "<html>Bad Gateway</html>").into_response();
    }
    // Connections that are kept would outlive the server.
    Response::builder().header("connection", "close").content_type("application/json").body(body.to_string())
}

#[handler]
#[expect(clippy::needless_pass_by_value, reason = "the signature is the framework's")]
fn policies(state: Data<&Arc<State>>) -> Response {
    let policies = json!({"policies": [
        {"id": "one", "decision_context": "ours", "product_versions": ["fedora-28"]},
        {"id": "two", "decision_context": "ours", "product_versions": ["rhel-8", "fedora-28"]},
        {"id": "three", "decision_context": "others", "product_versions": ["rhel-9"]},
    ]});
    answer(&state, &policies)
}

#[handler]
#[expect(clippy::needless_pass_by_value, reason = "the signature is the framework's")]
fn decision(state: Data<&Arc<State>>, Json(question): Json<Value>) -> Response {
    state.questions.lock().unwrap().push(question.clone());
    let text = |key: &str| question[key].as_str().unwrap().to_owned();
    let asked = (text("product_version"), text("subject_identifier"));
    let satisfied = state.satisfied.lock().unwrap().contains(&asked);
    let summary = if satisfied { "All required tests passed" } else { "1 of 2 required tests failed" };
    answer(&state, &json!({"policies_satisfied": satisfied, "summary": summary}))
}
