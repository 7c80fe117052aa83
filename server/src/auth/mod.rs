//! Who is asking, and what the answer to that is good for.
//!
//! An [`Authenticator`] looks at a request and says who sent it. Which requests a user may send is seen in the signature of a
//! handler: it takes a [`Submitter`], [`Canceler`], [`Importer`], [`Admin`], [`Person`] or [`Visitor`], and service functions that
//! change something take the first ones, so that none can be called for somebody who was not asked. To add a method: a file
//! beside `none.rs`, and a line in `assemble.rs`, the single place that chooses one.
//!
//! | file | subject |
//! | --- | --- |
//! | [`asking`] | what is known of a request |
//! | [`known`] | users, and what is known of one who asks |
//! | [`permission`] | what may be asked for, and by whom |
//! | [`asker`] | the extractors |
//! | [`cross_site`] | what pages of others make a browser send |
//! | `none` | `NO_AUTH` |
//! | [`tokens`] | API tokens, before any other method |
//! | [`oidc`] | tokens of an OpenID Connect provider |
//! | [`kerberos`] | tickets, and names that proxies forward |
//! | [`ldap`] | the directory that knows groups |
//! | [`throttle`] | clients that fail again and again |
//! | [`network`] | networks of addresses |

pub mod asker;
pub mod asking;
pub mod cross_site;
pub mod kerberos;
pub mod known;
pub mod ldap;
pub mod network;
mod none;
pub mod oidc;
pub mod permission;
pub mod throttle;
pub mod tokens;

use std::time::Duration;

use async_trait::async_trait;
use poem::http::{HeaderValue, header};

pub use asker::{Admin, Asker, Canceler, Importer, Person, Retrier, Submitter, Visitor};
pub use asking::Asking;
pub use kerberos::Kerberos;
pub use known::{Known, Scope, Scopes, User};
pub use network::Network;
pub use none::{NoAuth, Nobody};
pub use oidc::{LogIn, Oidc};
pub use permission::Granted;
pub use throttle::Throttle;
pub use tokens::ApiTokens;

/// Why it is not known who is asking.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Missing or wrong credentials.
    #[error("{message}")]
    Unauthorized {
        /// What the client is told.
        message: String,
        /// How it could log in: a value of `WWW-Authenticate`.
        challenge: Option<HeaderValue>,
    },
    /// The identity provider or directory did not answer; nobody is let in.
    #[error("{0}")]
    Unavailable(String),
    /// Too many credentials from this client were not good; how long it has to wait.
    #[error("Too many log-ins from this address have failed; try again in {} seconds.", .0.as_secs() + 1)]
    TooMany(Duration),
}

impl AuthError {
    /// Missing or wrong credentials, without a challenge.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::Unauthorized { message: message.into(), challenge: None }
    }
}

/// A way to know who is asking.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The name it is chosen by, e.g. `none`.
    fn name(&self) -> &'static str;

    /// Who sent this request.
    async fn authenticate(&self, asking: &Asking<'_>) -> Result<Known, AuthError>;

    /// What a client needs to log in, where it has to be told.
    async fn log_in(&self) -> Result<Option<LogIn>, AuthError> {
        Ok(None)
    }

    /// Whether a request tries to say who sent it, well or not. Those that do and are refused count as failed log-ins.
    fn has_credentials(&self, asking: &Asking<'_>) -> bool {
        asking.headers.contains_key(header::AUTHORIZATION)
    }

    /// The groups that a user who is not here is in now. `None` where only the user's own credentials tell.
    async fn groups_of(&self, _user: &str) -> Result<Option<Vec<String>>, AuthError> {
        Ok(None)
    }
}
