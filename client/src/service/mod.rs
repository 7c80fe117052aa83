//! The REST calls, a method each. The service's own JSON is handed on, so that `--json` can print all of it.

mod address;
mod auth;
mod clock;
mod exchange;
mod negotiate;
mod webhooks;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::Options;
use crate::failure::Failure;
use crate::login::provider::{Provider, Tokens};
use crate::login::store::Login;
use auth::Identity;
use clock::ServerClock;
use exchange::Repeat;

/// Submissions make the service fetch from git, which takes its time.
const SUBMIT_TIMEOUT: Duration = Duration::from_mins(2);
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const CANCEL_TIMEOUT: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_secs(3);
/// The header that names a submission.
const KEY: &str = "Idempotency-Key";
const PER_PAGE: usize = 100;
/// No module has that many pages of components; a service that counts on for ever is not followed.
const MAX_PAGES: usize = 1000;

/// A Module Build Service.
pub struct Service {
    http: Client,
    base: Url,
    patience: Duration,
    clock: ServerClock,
    identity: Identity,
}

impl Service {
    /// The service that the options name. Nothing is sent yet.
    pub fn new(options: &Options) -> Result<Self, Failure> {
        let base = address::base(&options.service)?;
        let http = address::client(&base, options.insecure)?;
        let identity = Identity::at(&base)?;
        let patience = options.patience.map_or(PATIENCE, |seconds| Duration::from_secs(seconds.into()));
        Ok(Self { http, base, patience, clock: ServerClock::default(), identity })
    }

    /// The same service, with every call tried once only: for callers that repeat calls themselves.
    pub fn impatient(self) -> Self {
        Self { patience: Duration::ZERO, ..self }
    }

    /// Where a build can be looked at, without any password of the address.
    pub fn build_address(&self, id: i64) -> String {
        let mut url = address::below(&self.base, &format!("module-builds/{id}"));
        // Neither can fail on an address with a host, which every address here has.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    }

    /// The time at the service, from its last answer on; none before the first.
    pub fn now(&self) -> Option<DateTime<Utc>> {
        self.clock.now()
    }

    /// Submits a module. Answers with the builds that it gave, one a combination of dependencies. It is sent under a key of its
    /// own, so that the service does it once even where an answer is lost and it is sent again.
    pub async fn submit(&self, body: &Value) -> Result<Vec<Value>, Failure> {
        let url = address::below(&self.base, "module-builds/");
        let key = Uuid::new_v4().to_string();
        let post = || self.http.request(Method::POST, url.clone()).timeout(SUBMIT_TIMEOUT).json(body);
        match self.exchange(|| post().header(KEY, &key), Repeat::UnderKey).await? {
            Value::Array(builds) => Ok(builds),
            build => Ok(vec![build]),
        }
    }

    /// What submitting would do. Answers with the builds that there would be, and makes none.
    pub async fn dry_run(&self, body: &Value) -> Result<Vec<Value>, Failure> {
        let url = address::below(&self.base, "module-builds/");
        let post = || self.http.request(Method::POST, url.clone()).query(&[("dry_run", "true")]);
        // Not repeated: a service that knows no dry runs would take it for a submission.
        let mut answer = self.exchange(|| post().timeout(SUBMIT_TIMEOUT).json(body), Repeat::IfUnread).await?;
        let builds = answer.get_mut("builds").map(Value::take).unwrap_or_default();
        match builds {
            Value::Array(builds) if answer.get("dry_run") == Some(&Value::Bool(true)) => Ok(builds),
            _ => {
                Err(Failure::Unreachable(format!("{} knows no dry runs: it may have submitted the module", self.base)))
            }
        }
    }

    /// One build; `verbose` adds the modulemd, the trace and more.
    pub async fn build(&self, id: i64, verbose: bool) -> Result<Value, Failure> {
        let query = if verbose { vec![("verbose", "true".into())] } else { Vec::new() };
        self.get(&format!("module-builds/{id}"), &query).await
    }

    /// Asks for the stream of events of these builds, which does not end. Whether the service has one, its answer tells.
    pub fn events(&self, ids: &[i64]) -> RequestBuilder {
        let query: Vec<_> = ids.iter().map(|id| ("id", id.to_string())).collect();
        self.http.request(Method::GET, address::below(&self.base, "events")).query(&query)
    }

    /// What is different between two builds; each is an id or `name:stream:version:context`.
    pub async fn difference(&self, first: &str, second: &str) -> Result<Value, Failure> {
        let mut url = address::below(&self.base, "module-builds/");
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([first, "diff", second]);
        }
        let request = || self.http.request(Method::GET, url.clone()).timeout(READ_TIMEOUT);
        self.exchange(request, Repeat::Always).await
    }

    /// The newest `limit` builds that the filters let through, the newest first.
    pub async fn builds(&self, filters: &[(&'static str, String)], limit: usize) -> Result<Vec<Value>, Failure> {
        let mut query = filters.to_vec();
        query.push(("order_desc_by", "id".into()));
        self.pages("module-builds/", query, limit).await
    }

    /// All components of a build with their traces, in the order of their ids.
    pub async fn components(&self, build: i64) -> Result<Vec<Value>, Failure> {
        // In this order, components that come into being between two pages are on the last.
        let query =
            vec![("module_id", build.to_string()), ("verbose", "true".to_owned()), ("order_by", "id".to_owned())];
        self.pages("component-builds/", query, usize::MAX).await
    }

    /// Cancels a build and answers with what has become of it.
    pub async fn cancel(&self, id: i64) -> Result<Value, Failure> {
        let url = address::below(&self.base, &format!("module-builds/{id}"));
        let body = json!({"state": "failed"});
        let request = || self.http.request(Method::PATCH, url.clone()).timeout(CANCEL_TIMEOUT).json(&body);
        self.exchange(request, Repeat::IfUnread).await
    }

    /// Sets the priority of a build and answers with the build.
    pub async fn set_priority(&self, id: i64, priority: i32) -> Result<Value, Failure> {
        let url = address::below(&self.base, &format!("module-builds/{id}"));
        let body = json!({"priority": priority});
        let request = || self.http.request(Method::PATCH, url.clone()).timeout(CANCEL_TIMEOUT).json(&body);
        self.exchange(request, Repeat::IfUnread).await
    }

    /// Says whether a build may become ready and answers with the build.
    pub async fn answer_for_gate(&self, id: i64, open: bool, reason: Option<&str>) -> Result<Value, Failure> {
        let url = address::below(&self.base, &format!("module-builds/{id}/gate"));
        let body = json!({"open": open, "reason": reason});
        let request = || self.http.request(Method::POST, url.clone()).timeout(CANCEL_TIMEOUT).json(&body);
        self.exchange(request, Repeat::IfUnread).await
    }

    /// How far a build is; `None` of services that do not tell.
    pub async fn progress(&self, id: i64) -> Result<Option<Value>, Failure> {
        match self.get(&format!("module-builds/{id}/progress"), &[]).await {
            Ok(progress) => Ok(Some(progress)),
            Err(Failure::Refused { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Tries failed components of a build again, all if none are named, and answers with what has become of it.
    pub async fn retry(&self, id: i64, components: &[String]) -> Result<Value, Failure> {
        let url = address::below(&self.base, &format!("module-builds/{id}/retry"));
        let body = if components.is_empty() { json!({}) } else { json!({"components": components}) };
        let request = || self.http.request(Method::POST, url.clone()).timeout(CANCEL_TIMEOUT).json(&body);
        self.exchange(request, Repeat::IfUnread).await
    }

    /// As whom the service knows the user.
    pub async fn whoami(&self) -> Result<Value, Failure> {
        self.get("whoami/", &[]).await
    }

    /// What the service says about logging in.
    pub async fn how_to_log_in(&self) -> Result<Value, Failure> {
        self.get("login/", &[]).await
    }

    /// Keeps what the user has logged in with.
    pub fn keep_login(&self, provider: Provider, tokens: Tokens) -> Result<(), Failure> {
        self.identity.keep(Login { provider, tokens })
    }

    /// Forgets it; false if there was nothing.
    pub async fn forget_login(&self) -> Result<bool, Failure> {
        self.identity.forget(&self.http).await
    }

    /// For requests to the identity provider.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// API tokens of the user, or of another one.
    pub async fn tokens(&self, owner: Option<&str>) -> Result<Value, Failure> {
        let query: Vec<_> = owner.map(|owner| ("owner", owner.to_owned())).into_iter().collect();
        self.get("tokens/", &query).await
    }

    /// Makes an API token.
    pub async fn make_token(&self, wanted: &Value) -> Result<Value, Failure> {
        let url = address::below(&self.base, "tokens/");
        let request = || self.http.request(Method::POST, url.clone()).timeout(READ_TIMEOUT).json(wanted);
        self.exchange(request, Repeat::IfUnread).await
    }

    /// Revokes an API token.
    pub async fn revoke_token(&self, id: i64) -> Result<Value, Failure> {
        let url = address::below(&self.base, &format!("tokens/{id}"));
        let request = || self.http.request(Method::DELETE, url.clone()).timeout(READ_TIMEOUT);
        self.exchange(request, Repeat::Always).await
    }

    /// The items of as many pages as `limit` needs. Pages are counted, not followed by their links: behind a proxy the
    /// links may name a host that only the service knows.
    async fn pages(&self, path: &str, query: Vec<(&'static str, String)>, limit: usize) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        for page in 1..=MAX_PAGES {
            let mut query = query.clone();
            query.push(("per_page", limit.min(PER_PAGE).to_string()));
            query.push(("page", page.to_string()));
            let mut answer = self.get(path, &query).await?;
            let Value::Array(found) = answer["items"].take() else {
                return Err(Failure::Unreachable(format!("{} did not answer with a list", self.base)));
            };
            let last = found.is_empty() || answer["meta"]["next"].is_null();
            items.extend(found);
            if last || items.len() >= limit {
                break;
            }
        }
        items.truncate(limit);
        Ok(items)
    }

    async fn get(&self, path: &str, query: &[(&'static str, String)]) -> Result<Value, Failure> {
        let url = address::below(&self.base, path);
        let request = || self.http.request(Method::GET, url.clone()).query(query).timeout(READ_TIMEOUT);
        self.exchange(request, Repeat::Always).await
    }
}
