//! A service, its provider, and who gets in.

use serde_json::{Value, json};
use tests::Service;
use tests::identity_provider::{AUDIENCE, IdentityProvider, SCOPE};
use tests::rest::Answer;
use tests::service::Builder;

/// A service whose users log in.
pub struct Fixture {
    pub service: Service,
    pub provider: IdentityProvider,
}

/// How long tokens are believed where a test waits for the end of that.
pub const SHORT: u64 = 1;

impl Fixture {
    /// Over discovery: signed and opaque tokens.
    pub async fn start() -> Self {
        Self::start_with(|options| options).await
    }

    /// The same with changed options.
    pub async fn start_with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let provider = IdentityProvider::start().await;
        let options = options(&provider).option("OIDC_ISSUER", provider.issuer());
        let service = change(options.option("OIDC_AUDIENCE", vec![AUDIENCE])).start().await;
        Self { service, provider }
    }

    /// As the Python service was configured: with a client secrets file alone.
    pub async fn with_secrets_file_alone() -> Self {
        let provider = IdentityProvider::start().await;
        Self { service: options(&provider).start().await, provider }
    }

    /// Who the service says is asking.
    pub async fn whoami(&self, token: &str) -> Answer {
        self.get("/whoami/", token).await
    }

    /// GET with a token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.service.rest().request("GET", path, &bearer(token), None).await
    }

    /// POST with a token.
    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.service.rest().request("POST", path, &bearer(token), Some(body)).await
    }

    /// Asks for a build of nothing, which is refused after it is known that the user may ask for builds.
    pub async fn submit(&self, token: &str) -> Answer {
        self.post("/module-builds/", token, &json!({})).await
    }

    /// Fails the test if this token lets anybody in.
    pub async fn refuses(&self, token: &str) {
        for answer in [self.whoami(token).await, self.submit(token).await] {
            assert_eq!((answer.status, answer.message()), (401, "OIDC token invalid or expired."), "{}", answer.text);
            assert!(answer.headers["www-authenticate"].starts_with("Bearer "), "{:?}", answer.headers);
        }
    }

    /// Fails the test unless this token lets a packager in.
    pub async fn lets_in(&self, token: &str, name: &str) {
        let answer = self.whoami(token).await;
        assert_eq!((answer.status, answer.body["name"].as_str()), (200, Some(name)), "{}", answer.text);
        let answer = self.submit(token).await;
        assert_eq!((answer.status, answer.message()), (400, "Missing scmurl"), "{}", answer.text);
    }
}

fn bearer(token: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {token}"))]
}

/// What all of them have.
pub fn options(provider: &IdentityProvider) -> Builder {
    Service::builder()
        .workers(0)
        .option("NO_AUTH", false)
        .option("AUTH_METHOD", "oidc")
        .option("ALLOWED_GROUPS", vec!["packager"])
        .option("ADMIN_GROUPS", vec!["mbs-admin"])
        // These tests fail more often in a minute than anybody may.
        .option("MAX_FAILED_LOGINS", 0)
        .option("OIDC_REQUIRED_SCOPE", SCOPE)
        .option("OIDC_CLIENT_SECRETS", provider.client_secrets())
}
