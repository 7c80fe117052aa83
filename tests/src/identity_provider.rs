//! A real OpenID Connect provider: the npm package `oidc-provider`, with doors for what its users and administrators do
//! (`tests/node/identity-provider/provider.mjs`).

use reqwest::Client;
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::node;
use crate::process::{Process, free_port};
use crate::wait::{LONG, until_true};

/// Whom signed tokens are for.
pub const AUDIENCE: &str = "urn:mbs";
/// The scope that the service asks for.
pub const SCOPE: &str = "https://mbs.fedoraproject.org/oidc/submit-build";
/// The secret of the service at the provider (`provider.mjs`).
pub const SECRET: &str = "mbs-secret-of-the-tests";
/// All scopes that the service asks for.
pub const SCOPES: &str =
    "openid https://id.fedoraproject.org/scope/groups https://mbs.fedoraproject.org/oidc/submit-build";

/// A running provider; it ends with the test.
#[derive(Debug)]
pub struct IdentityProvider {
    /// `None` when it was stopped.
    process: Option<Process>,
    client: Client,
    port: u16,
    folder: TempDir,
}

impl IdentityProvider {
    /// Starts one; returns when it answers.
    pub async fn start() -> Self {
        Self::start_at(free_port()).await
    }

    /// The same at a port.
    pub async fn start_at(port: u16) -> Self {
        let _installed_already = rustls::crypto::ring::default_provider().install_default();
        let folder = TempDir::with_prefix("mbs-identity-").unwrap();
        let mut command = node::script("identity-provider", "provider.mjs");
        let mut process =
            Process::start("identity provider", command.arg(port.to_string()), &folder.path().join("log"));
        let client = Client::builder().no_proxy().build().unwrap();
        until_true("the identity provider to answer", LONG, async || {
            assert!(process.is_running(), "it ended:\n{}", process.output());
            client.get(format!("http://127.0.0.1:{port}/jwks")).send().await.is_ok()
        })
        .await;
        Self { process: Some(process), client, port, folder }
    }

    /// Its address, which is its name.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A client secrets file for the service, in the format of flask-oidc.
    pub fn client_secrets(&self) -> String {
        let issuer = self.issuer();
        let file = self.folder.path().join("client_secrets.json");
        let secrets = json!({ "web": {
            "issuer": issuer, "auth_uri": format!("{issuer}/auth"), "token_uri": format!("{issuer}/token"),
            "token_introspection_uri": format!("{issuer}/token/introspection"), "userinfo_uri": format!("{issuer}/me"),
            "client_id": "mbs", "client_secret": SECRET, "redirect_uris": [],
        }});
        std::fs::write(&file, secrets.to_string()).unwrap();
        file.display().to_string()
    }

    /// Makes or changes a user, who is also who logs in next by browser.
    pub async fn user(&self, name: &str, groups: &[&str]) {
        self.door("user", json!({ "name": name, "groups": groups })).await;
    }

    /// A user about whom the provider knows no groups.
    pub async fn user_without_groups(&self, name: &str) {
        self.door("user", json!({ "name": name })).await;
    }

    /// The name of the key that it signs with.
    pub async fn key(&self) -> String {
        self.door("key", json!({})).await["kid"].as_str().unwrap().to_owned()
    }

    /// An opaque token of a user.
    pub async fn opaque(&self, user: &str) -> String {
        self.token(json!({ "user": user })).await
    }

    /// A signed token of a user.
    pub async fn jwt(&self, user: &str) -> String {
        self.token(json!({ "user": user, "format": "jwt" })).await
    }

    /// A token as the provider makes them; see `provider.mjs` for what may be asked for.
    pub async fn token(&self, wish: Value) -> String {
        self.door("token", wish).await["token"].as_str().unwrap().to_owned()
    }

    /// A token that the provider would not make; see `provider.mjs`.
    pub async fn sign(&self, wish: Value) -> String {
        self.door("sign", wish).await["token"].as_str().unwrap().to_owned()
    }

    /// What a good signed token of a user says.
    pub fn claims(&self, user: &str) -> Value {
        let now = now();
        json!({
            "iss": self.issuer(), "aud": AUDIENCE, "sub": user, "username": user, "groups": ["packager"], "scope": SCOPES,
            "iat": now, "exp": now + 600, "jti": "1", "client_id": "mbs-build",
        })
    }

    /// Signs with a new key from now on; the old one is not published any more.
    pub async fn rotate(&self) {
        self.door("rotate", json!({})).await;
    }

    /// The user lets a device in that shows this code.
    pub async fn let_device_in(&self, code: &str, user: &str) {
        self.door("device", json!({ "user_code": code, "user": user })).await;
    }

    /// Takes a token back, as its client can.
    pub async fn revoke(&self, token: &str) {
        let form = form(&[("token", token), ("client_id", "mbs-build")]);
        let request = self.client.post(format!("{}/token/revocation", self.issuer()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }

    /// How often a path of it was asked for, e.g. `/jwks`.
    pub async fn requests_to(&self, path: &str) -> u64 {
        self.door("counts", json!({})).await[path].as_u64().unwrap_or(0)
    }

    /// It hangs: connections are taken, and nothing is answered.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// It goes on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// It ends: connections are refused.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    fn signal(&self, signal: Signal) {
        self.process.as_ref().unwrap().signal(signal);
    }

    async fn door(&self, name: &str, body: Value) -> Value {
        let request = self.client.post(format!("{}/test/{name}", self.issuer())).json(&body);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{name}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    entities::clock::Clock::system().utc().timestamp()
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
