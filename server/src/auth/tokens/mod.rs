//! API tokens: what users give to their scripts. A request with one is known by it; any other goes to the configured method.
//!
//! A token is `mbst_<number>_<43 letters>`: the row, and 256 random bits. The row holds a hash of it, so that nobody can use what a
//! backup of the database holds. It is read for every request: a token that is revoked is refused at once.
//!
//! A token has the groups that its owner had when last seen. Where the method can tell them without the owner (a directory), it is
//! asked.

mod format;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use entities::api_token;
use entities::clock::Clock;
use poem::http::{HeaderMap, HeaderValue, header};
use sea_orm::{DatabaseConnection, EntityTrait};

pub use self::format::{Token, hash};

use super::{Asking, AuthError, Authenticator, Known, LogIn, NoAuth, Scope, Scopes, User};
use crate::service::ServiceError;

/// A use is noted once in so long.
const NOTED: TimeDelta = TimeDelta::minutes(1);
/// Users whose groups are remembered, so that they are compared here and not in the database.
const REMEMBERED: usize = 10_000;
const REFUSED: &str = "This API token is unknown, expired or revoked.";

/// Tokens first, then another way.
pub struct ApiTokens {
    db: DatabaseConnection,
    clock: Clock,
    method: Arc<dyn Authenticator>,
    /// Groups that users were last seen with, which stand in the rows of their tokens.
    seen: quick_cache::sync::Cache<String, Arc<[String]>>,
}

impl ApiTokens {
    /// Requests without a token are left to `method`.
    pub fn before(method: Arc<dyn Authenticator>, db: DatabaseConnection, clock: Clock) -> Self {
        Self { db, clock, method, seen: quick_cache::sync::Cache::new(REMEMBERED) }
    }

    async fn of_token(&self, text: &str) -> Result<Known, AuthError> {
        let now = self.clock.now();
        let row = match Token::parse(text) {
            Some(token) => self.row(&token).await?,
            None => None,
        };
        let row = row.filter(|row| row.is_good(now)).ok_or_else(refused)?;
        self.note_use(&row);
        let groups = match self.method.groups_of(&row.owner).await? {
            Some(groups) => groups,
            None => serde_json::from_str(&row.groups_json).unwrap_or_default(),
        };
        let scopes = Scopes::Only(row.scopes.split(' ').filter_map(Scope::of_name).collect());
        Ok(Known { user: User { name: row.owner, groups }, method: "token", scopes, reply: None })
    }

    async fn row(&self, token: &Token<'_>) -> Result<Option<api_token::Model>, AuthError> {
        // Without a limit of one row: SQLite prepares a statement with a bound limit anew each time.
        let rows = api_token::Entity::find_by_id(token.id).all(&self.db).await.map_err(unavailable)?;
        Ok(rows.into_iter().next().filter(|row| token.is_hashed(&row.hash)))
    }

    /// Beside the request: it matters to nobody who waits.
    fn note_use(&self, row: &api_token::Model) {
        let now = self.clock.now();
        if row.time_last_used.is_some_and(|used| now - used < NOTED) {
            return;
        }
        let (db, id) = (self.db.clone(), row.id);
        tokio::spawn(async move {
            if let Err(error) = api_token::note_use(&db, id, now).await {
                tracing::warn!(%error, "could not note the use of an API token");
            }
        });
    }

    /// Who left a group has tokens without it from the next log-in on.
    async fn note_groups(&self, user: &User) -> Result<(), AuthError> {
        if self.seen.get(&user.name).is_some_and(|seen| *seen == *user.groups) {
            return Ok(());
        }
        let mut groups = user.groups.clone();
        groups.sort_unstable();
        groups.dedup();
        let json = serde_json::json!(groups).to_string();
        api_token::note_groups(&self.db, &user.name, &json).await.map_err(unavailable)?;
        self.seen.insert(user.name.clone(), user.groups.as_slice().into());
        Ok(())
    }
}

#[async_trait]
impl Authenticator for ApiTokens {
    fn name(&self) -> &'static str {
        self.method.name()
    }

    async fn authenticate(&self, asking: &Asking<'_>) -> Result<Known, AuthError> {
        if let Some(token) = token(asking.headers) {
            return self.of_token(token).await;
        }
        let known = self.method.authenticate(asking).await?;
        if known.method != NoAuth::NAME {
            self.note_groups(&known.user).await?;
        }
        Ok(known)
    }

    fn has_credentials(&self, asking: &Asking<'_>) -> bool {
        self.method.has_credentials(asking)
    }

    async fn log_in(&self) -> Result<Option<LogIn>, AuthError> {
        self.method.log_in().await
    }

    async fn groups_of(&self, user: &str) -> Result<Option<Vec<String>>, AuthError> {
        self.method.groups_of(user).await
    }
}

/// What looks like one of our tokens, in the one header of that kind.
fn token(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (given.next(), given.next()) else { return None };
    let token = only.to_str().ok()?.trim().strip_prefix("Bearer ")?.trim();
    token.starts_with(format::PREFIX).then_some(token)
}

fn refused() -> AuthError {
    let challenge = HeaderValue::from_static("Bearer realm=\"module-build-service\", error=\"invalid_token\"");
    AuthError::Unauthorized { message: REFUSED.to_owned(), challenge: Some(challenge) }
}

fn unavailable(error: sea_orm::DbErr) -> AuthError {
    match ServiceError::from(error) {
        ServiceError::Unavailable(message) => AuthError::Unavailable(message),
        other => {
            tracing::error!(error = %other, "API tokens cannot be read");
            AuthError::Unavailable("API tokens cannot be read at this moment; try again.".to_owned())
        }
    }
}
