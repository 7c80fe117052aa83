//! Product Pages: releases with their dates and schedules, behind the paths of its API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use poem::http::{StatusCode, Uri};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Path};
use poem::{EndpointExt, IntoResponse, Response, Route, Server, handler};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

/// A server; it ends when it is dropped.
#[derive(Debug)]
pub struct ProductPages {
    address: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    releases: Mutex<BTreeMap<String, Release>>,
    requests: Mutex<Vec<String>>,
    broken: Mutex<bool>,
    meeting: Mutex<Option<Arc<Barrier>>>,
}

#[derive(Clone, Debug, Default)]
struct Release {
    ga_date: Option<String>,
    tasks: Vec<(String, String)>,
}

impl ProductPages {
    /// Starts it; it knows no releases.
    pub async fn start() -> Self {
        let state = Arc::new(State::default());
        let routes = Route::new()
            .at("/pp/api/v7/releases/:name/", date_of_release)
            .at("/pp/api/v7/releases/:name/schedule-tasks/", schedule_of_release)
            .data(Arc::clone(&state));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
        let task = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(routes).await.unwrap() });
        Self { address, state, task }
    }

    /// What `PRODUCT_PAGES_URL` is set to.
    pub fn url(&self) -> String {
        format!("http://{}/pp/", self.address)
    }

    /// A release that is generally available from that day on.
    pub fn release(&self, name: &str, ga_date: &str) {
        self.state.releases.lock().unwrap().entry(name.to_owned()).or_default().ga_date = Some(ga_date.to_owned());
    }

    /// A task in the schedule of a release.
    pub fn task(&self, release: &str, name: &str, date_finish: &str) {
        let mut releases = self.state.releases.lock().unwrap();
        releases.entry(release.to_owned()).or_default().tasks.push((name.to_owned(), date_finish.to_owned()));
    }

    /// From now on it answers with an error page, or no longer.
    pub fn break_down(&self, broken: bool) {
        *self.state.broken.lock().unwrap() = broken;
    }

    /// From now on it answers only when so many requests wait for an answer.
    pub fn answer_together(&self, requests: usize) {
        *self.state.meeting.lock().unwrap() = Some(Arc::new(Barrier::new(requests)));
    }

    /// Path and query of what it was asked since the last look.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.requests.lock().unwrap())
    }
}

impl Drop for ProductPages {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    /// The release that is asked about, or what is answered instead. `fields` are those that the answer has.
    async fn asked(&self, name: &str, uri: &Uri, fields: &str) -> Result<Release, Response> {
        self.requests.lock().unwrap().push(uri.path_and_query().unwrap().to_string());
        let meeting = self.meeting.lock().unwrap().clone();
        if let Some(meeting) = meeting {
            meeting.wait().await;
        }
        if *self.broken.lock().unwrap() {
            return Err((StatusCode::BAD_GATEWAY, "<html>Bad Gateway</html>").into_response());
        }
        assert_eq!(uri.query(), Some(format!("fields={fields}").as_str()), "{uri}");
        let release = self.releases.lock().unwrap().get(name).cloned();
        release.ok_or_else(|| answer(StatusCode::NOT_FOUND, &json!({"detail": "Not found."})))
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    // Connections that are kept would outlive the server.
    let response = Response::builder().status(status).header("connection", "close");
    response.content_type("application/json").body(body.to_string())
}

#[handler]
async fn date_of_release(state: Data<&Arc<State>>, Path(name): Path<String>, uri: &Uri) -> Response {
    match state.asked(&name, uri, "ga_date").await {
        Ok(release) => answer(StatusCode::OK, &json!({"ga_date": release.ga_date})),
        Err(answer) => answer,
    }
}

#[handler]
async fn schedule_of_release(state: Data<&Arc<State>>, Path(name): Path<String>, uri: &Uri) -> Response {
    match state.asked(&name, uri, "name,date_finish").await {
        Ok(release) => {
            let task = |(name, date): &(String, String)| json!({"name": name, "date_finish": date});
            answer(StatusCode::OK, &release.tasks.iter().map(task).collect())
        }
        Err(answer) => answer,
    }
}
