//! A Product Definition Center (PDC): the branches of components, and whether they are active.
//!
//! It has one resource, `component-branches`, which answers as Django REST framework does: a page of results, filtered by the
//! query. Like the real one it knows nothing of a module that was never added.

use std::sync::{Arc, Mutex};

use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Json, Query};
use poem::{EndpointExt, IntoResponse, Response, Route, Server, get, handler, http::StatusCode};
use serde_json::{Value, json};

/// A branch of a component.
#[derive(Clone, Debug)]
struct Branch {
    kind: &'static str,
    component: String,
    name: String,
    active: bool,
}

#[derive(Debug, Default)]
struct State {
    branches: Vec<Branch>,
    /// Answers with this status and text instead.
    broken: Option<(StatusCode, String)>,
    questions: Vec<String>,
}

/// A running PDC; it ends with the test.
#[derive(Clone, Debug)]
pub struct Pdc {
    /// What `PDC_URL` has to be.
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Pdc {
    /// Starts at a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
        let routes = Route::new().at("/rest_api/v1/component-branches/", get(component_branches)).data(state.clone());
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        Self { url: format!("http://{address}/rest_api/v1"), state }
    }

    /// Adds a stream of a module, or changes it.
    pub fn set_module(&self, name: &str, stream: &str, active: bool) {
        self.set("module", name, stream, active);
    }

    /// Adds a branch of an RPM component.
    pub fn set_rpm(&self, name: &str, branch: &str, active: bool) {
        self.set("rpm", name, branch, active);
    }

    fn set(&self, kind: &'static str, component: &str, name: &str, active: bool) {
        let mut state = self.state.lock().unwrap();
        state.branches.retain(|branch| (branch.kind, &*branch.component, &*branch.name) != (kind, component, name));
        state.branches.push(Branch { kind, component: component.to_owned(), name: name.to_owned(), active });
    }

    /// Answers everything with this from now on.
    pub fn break_down(&self, status: u16, text: &str) {
        self.state.lock().unwrap().broken = Some((StatusCode::from_u16(status).unwrap(), text.to_owned()));
    }

    /// Answers again.
    pub fn repair(&self) {
        self.state.lock().unwrap().broken = None;
    }

    /// The queries that came so far.
    pub fn questions(&self) -> Vec<String> {
        self.state.lock().unwrap().questions.clone()
    }
}

#[handler]
fn component_branches(Data(state): Data<&Arc<Mutex<State>>>, Query(query): Query<Vec<(String, String)>>) -> Response {
    let mut state = state.lock().unwrap();
    let asked: Vec<_> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    state.questions.push(asked.join("&"));
    if let Some((status, text)) = &state.broken {
        return Response::builder().status(*status).body(text.clone());
    }
    let fits = |branch: &&Branch| {
        query.iter().all(|(key, value)| match key.as_str() {
            "type" => branch.kind == value,
            "global_component" => branch.component == *value,
            "name" => branch.name == *value,
            _ => true,
        })
    };
    let results: Vec<Value> = state.branches.iter().filter(fits).enumerate().map(shown).collect();
    Json(json!({"count": results.len(), "next": null, "previous": null, "results": results})).into_response()
}

fn shown((number, branch): (usize, &Branch)) -> Value {
    json!({
        "id": 347_907 + number,
        "global_component": branch.component,
        "name": branch.name,
        "slas": [{"id": 694_207, "sla": "security_fixes", "eol": "2019-12-01"}],
        "type": branch.kind,
        "active": branch.active,
        "critical_path": false,
    })
}
