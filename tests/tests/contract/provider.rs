//! Stands in for the identity provider of the recording: it knows the tokens of `oidc_users.json`, and no others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use poem::http::{HeaderMap, StatusCode};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Form, Json};
use poem::{EndpointExt, Route, Server, get, handler, post};
use serde_json::{Value, json};
use tests::process::free_port;
use tokio::task::JoinHandle;

const CLIENT: (&str, &str) = ("mbs", "of the recording");

/// A provider; it ends with the test.
pub struct Provider {
    recorded: Arc<Value>,
    address: String,
    served: JoinHandle<()>,
}

impl Provider {
    /// Starts it.
    pub async fn serve() -> Self {
        let recorded = Arc::new(crate::recorded::json(&crate::recorded::folder().join("oidc_users.json")));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
        let routes = Route::new().at("/introspect", post(introspect)).at("/userinfo", get(user_info));
        let serving = Server::new_with_acceptor(acceptor).run(routes.data(Arc::clone(&recorded)));
        Self { recorded, address, served: tokio::spawn(async { serving.await.unwrap() }) }
    }

    /// A token of a user.
    pub fn token_of(&self, user: &Value) -> Option<&str> {
        let tokens = self.recorded["tokens"].as_object()?;
        tokens.iter().find(|(_, known)| &known["username"] == user).map(|(token, _)| token.as_str())
    }

    /// Writes a client secrets file into `folder`; one that names a provider that does not answer, where the section wants none.
    pub fn client_secrets(&self, folder: &Path, answers: bool) -> PathBuf {
        let address = if answers { self.address.clone() } else { format!("127.0.0.1:{}", free_port()) };
        let file = folder.join("client_secrets.json");
        let secrets = json!({ "web": {
            "client_id": CLIENT.0, "client_secret": CLIENT.1,
            "token_introspection_uri": format!("http://{address}/introspect"),
            "userinfo_uri": format!("http://{address}/userinfo"),
        }});
        std::fs::write(&file, secrets.to_string()).unwrap();
        file
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.served.abort();
    }
}

#[handler]
#[expect(clippy::needless_pass_by_value, reason = "an extractor is given by value")]
fn introspect(recorded: Data<&Arc<Value>>, form: Form<BTreeMap<String, String>>) -> (StatusCode, Json<Value>) {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if (field("client_id"), field("client_secret")) != CLIENT {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" })));
    }
    let answer = match recorded["tokens"].get(field("token")) {
        None => json!({ "active": false }),
        Some(token) => json!({
            "active": true, "username": token["username"], "scope": token.get("scope").unwrap_or(&recorded["scope"]),
        }),
    };
    (StatusCode::OK, Json(answer))
}

#[handler]
#[expect(clippy::needless_pass_by_value, reason = "an extractor is given by value")]
fn user_info(recorded: Data<&Arc<Value>>, headers: &HeaderMap) -> (StatusCode, Json<Value>) {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(user) = token.and_then(|token| recorded["tokens"].get(token)) else {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_token" })));
    };
    let mut info = json!({ "sub": user["username"] });
    if !user["groups"].is_null() {
        info["groups"] = user["groups"].clone();
    }
    (StatusCode::OK, Json(info))
}
