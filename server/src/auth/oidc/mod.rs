//! OpenID Connect: requests carry a bearer token of a provider that the operator trusts.
//!
//! An opaque token is shown to the provider (token introspection, RFC 7662), which says whose it is; groups come from user info. A
//! token that is a signed document (JWT, RFC 9068) is checked here, with the provider's public keys. Who was found is kept for
//! `OIDC_CACHE_SECONDS`, and never longer than the token is valid. While the provider does not answer nobody is let in who is not
//! kept: the answer is 503.
//!
//! | file | subject |
//! | --- | --- |
//! | [`bearer`] | the token of a request |
//! | [`secrets`] | `OIDC_CLIENT_SECRETS`, the file that flask-oidc reads |
//! | [`provider`] | where the provider is, from the file or by discovery |
//! | [`document`] | a document of the provider that is kept, and fetched anew now and then |
//! | [`http`] | requests to the provider |
//! | [`introspection`], [`jwt`] | what a token says |
//! | [`claims`] | what is made of that: a user, if the token is good enough |
//! | [`user_info`] | groups |
//! | [`cache`] | tokens that were looked at before |

mod bearer;
mod cache;
mod claims;
mod document;
mod http;
mod introspection;
mod jwt;
mod provider;
mod secrets;
mod user_info;

use async_trait::async_trait;
use entities::clock::Clock;
use poem::http::HeaderValue;

pub use self::provider::LogIn;

use self::cache::{Cache, Fresh};
use self::claims::Claims;
use self::http::Http;
use self::provider::Provider;
use super::{Asking, AuthError, Authenticator, Known, User};
use crate::config::{self, TokenKind};

/// What a token is that is none, or not any more.
pub(super) const INVALID: &str = "OIDC token invalid or expired.";

/// Why a token does not let anybody in.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    /// It is not good enough; the client is told why.
    #[error("{0}")]
    Token(String),
    /// The provider does not answer, or nothing that makes sense; the text is for the log.
    #[error("{0}")]
    Provider(String),
}

impl Refusal {
    /// The token is none, or not any more. `why` helps who runs the service; whoever sent it is told nothing.
    fn invalid(why: impl std::fmt::Display) -> Self {
        tracing::debug!(%why, "a token was refused");
        Self::Token(INVALID.to_owned())
    }
}

/// Knows users by the tokens of a provider.
pub struct Oidc {
    config: config::Oidc,
    allowed_users: std::collections::BTreeSet<String>,
    provider: Provider,
    cache: Cache,
    clock: Clock,
}

impl Oidc {
    /// Reads the client secrets file; does not talk to the provider, which may be down when the service starts.
    pub fn new(auth: &config::Auth, clock: Clock) -> anyhow::Result<Self> {
        let http = Http::new(auth.oidc.timeout)?;
        Ok(Self {
            provider: Provider::new(&auth.oidc, http)?,
            cache: Cache::new(auth.oidc.cache_size, auth.oidc.cache_time, auth.oidc.timeout),
            allowed_users: auth.allowed_users.clone(),
            config: auth.oidc.clone(),
            clock,
        })
    }

    /// Who a token belongs to, from the provider.
    async fn look(&self, token: &str) -> Result<Fresh, Refusal> {
        let claims = match self.kind(token) {
            TokenKind::Jwt => jwt::verified(&self.provider, &self.config, token, self.clock.utc()).await?,
            _ => introspection::introspect(&self.provider, token).await?,
        };
        claims.check(&self.config, self.provider.issuer(), self.clock.utc())?;
        let known = Known::fully(self.user(token, &claims).await?, self.name());
        Ok(Fresh { known, expires: claims.expires() })
    }

    /// A token with three parts is a signed document, and is never tried as anything else.
    fn kind(&self, token: &str) -> TokenKind {
        match self.config.tokens {
            TokenKind::Either if self.provider.is_discovered() && jwt::looks_like_one(token) => TokenKind::Jwt,
            TokenKind::Either => TokenKind::Opaque,
            kind => kind,
        }
    }

    /// Users of `ALLOWED_USERS` need no groups, and have none.
    async fn user(&self, token: &str, claims: &Claims) -> Result<User, Refusal> {
        let stated = claims.user_name(&self.config.username_claim)?;
        if let Some(name) = stated.as_ref().filter(|name| self.allowed_users.contains(*name)) {
            return Ok(User { name: name.clone(), groups: Vec::new() });
        }
        if let (Some(name), Some(groups)) = (&stated, claims.groups(&self.config.groups_claim)) {
            return Ok(User { name: name.clone(), groups });
        }
        let info = user_info::ask(&self.provider, token, claims).await?;
        let name = match stated {
            Some(name) => name,
            None => info.user_name(&self.config.username_claim)?.ok_or_else(|| self.nameless())?,
        };
        if self.allowed_users.contains(&name) {
            return Ok(User { name, groups: Vec::new() });
        }
        let groups = info.groups(&self.config.groups_claim);
        let groups = groups.ok_or_else(|| Refusal::Token("Could not find groups in UserInfo from OIDC".to_owned()))?;
        Ok(User { name, groups })
    }

    fn nameless(&self) -> Refusal {
        Refusal::Token(format!("The OIDC token does not say whose it is (claim '{}').", self.config.username_claim))
    }

    fn refused(&self, refusal: Refusal) -> AuthError {
        match refusal {
            Refusal::Token(message) => AuthError::Unauthorized { message, challenge: self.challenge(true) },
            Refusal::Provider(error) => {
                tracing::error!(provider = self.provider.name(), error, "the identity provider does not answer");
                AuthError::Unavailable("The identity provider does not answer; try again in a moment.".to_owned())
            }
        }
    }

    /// Clients of a service that is configured as the Python service was get the headers of the Python service.
    fn challenge(&self, token_is_bad: bool) -> Option<HeaderValue> {
        let challenge = if token_is_bad {
            "Bearer realm=\"module-build-service\", error=\"invalid_token\""
        } else {
            "Bearer realm=\"module-build-service\""
        };
        self.provider.is_discovered().then_some(HeaderValue::from_static(challenge))
    }
}

#[async_trait]
impl Authenticator for Oidc {
    fn name(&self) -> &'static str {
        "oidc"
    }

    async fn authenticate(&self, asking: &Asking<'_>) -> Result<Known, AuthError> {
        let token = bearer::token(asking.headers)
            .map_err(|message| AuthError::Unauthorized { message, challenge: self.challenge(false) })?;
        let look = || self.look(token);
        self.cache.get(token, &self.clock, look).await.map_err(|refusal| self.refused(refusal))
    }

    async fn log_in(&self) -> Result<Option<LogIn>, AuthError> {
        self.provider.log_in(&self.config).await.map_err(|refusal| self.refused(refusal))
    }
}
