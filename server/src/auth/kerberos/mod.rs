//! `AUTH_METHOD: kerberos`: users come with a Kerberos ticket (SPNEGO), or are named by a proxy that has looked at their ticket;
//! the directory knows their groups.
//!
//! | file | subject |
//! | --- | --- |
//! | [`spnego`] | tickets |
//! | [`forwarded`] | names that a proxy forwards |
//! | [`principal`] | `user@REALM` |
//! | [`keytab`] | the key of the service |
//!
//! What a client has to be told so that it sends a ticket (`WWW-Authenticate: Negotiate`) it is told only where the service has a
//! key itself.

mod forwarded;
mod keytab;
mod principal;
mod spnego;

use std::collections::BTreeSet;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::http::{HeaderValue, header};

pub use forwarded::Forwarded;
pub use keytab::use_keytab;
pub use spnego::Acceptor;

use super::ldap::Directory;
use super::{Asking, AuthError, Authenticator, Known, Scopes, User};
use forwarded::Said;
use principal::Principal;

/// What clients of the Python service know.
const NOBODY: &str = "No REMOTE_USER is set.";
const NO_PRINCIPAL: &str = "Value of REMOTE_NAME is not in format username@REALM";

/// Tickets, and groups from the directory.
pub struct Kerberos {
    /// Looks at tickets; none without a key.
    pub acceptor: Option<Acceptor>,
    /// Listens to proxies; none without any.
    pub forwarded: Option<Forwarded>,
    /// Whose users may come. Where it is empty, those of the service's own realm.
    pub realms: BTreeSet<String>,
    /// Users whose groups do not matter.
    pub allowed_users: BTreeSet<String>,
    /// Knows the groups of all others.
    pub directory: Directory,
}

/// Somebody with a name, but without groups yet.
struct Named {
    user: String,
    method: &'static str,
    reply: Option<HeaderValue>,
}

#[async_trait]
impl Authenticator for Kerberos {
    fn name(&self) -> &'static str {
        "kerberos"
    }

    async fn authenticate(&self, asking: &Asking<'_>) -> Result<Known, AuthError> {
        let Named { user, method, reply } = self.identify(asking).await?;
        let groups = self.groups(&user).await?;
        Ok(Known { user: User { name: user, groups }, method, scopes: Scopes::All, reply })
    }

    fn has_credentials(&self, asking: &Asking<'_>) -> bool {
        let is_named = self.forwarded.as_ref().is_some_and(|forwarded| forwarded.said(asking) != Said::Nothing);
        is_named || asking.headers.contains_key(header::AUTHORIZATION)
    }

    async fn groups_of(&self, user: &str) -> Result<Option<Vec<String>>, AuthError> {
        self.groups(user).await.map(Some)
    }
}

impl Kerberos {
    /// Users who may submit whatever their groups are do not depend on the directory, as with the Python service.
    async fn groups(&self, user: &str) -> Result<Vec<String>, AuthError> {
        if self.allowed_users.contains(user) { Ok(Vec::new()) } else { self.directory.groups(user).await }
    }

    async fn identify(&self, asking: &Asking<'_>) -> Result<Named, AuthError> {
        match self.forwarded.as_ref().map_or(Said::Nothing, |forwarded| forwarded.said(asking)) {
            Said::Name(name) => self.forwarded(name),
            Said::Confused => Err(self.refusal(NO_PRINCIPAL)),
            Said::Nothing => match (&self.acceptor, ticket(asking)) {
                (Some(acceptor), Some(token)) => self.with_ticket(acceptor, token).await,
                _ => Err(self.refusal(NOBODY)),
            },
        }
    }

    fn forwarded(&self, name: &str) -> Result<Named, AuthError> {
        let principal = Principal::parse(name).map_err(|_| self.refusal(NO_PRINCIPAL))?;
        self.must_be_ours(principal, None)?;
        Ok(Named { user: principal.user.to_owned(), method: "proxy", reply: None })
    }

    async fn with_ticket(&self, acceptor: &Acceptor, token: &str) -> Result<Named, AuthError> {
        let token = STANDARD.decode(token).map_err(|_| self.refusal("The Negotiate token is not base64."))?;
        let accepted = acceptor.accept(token).await.map_err(|reason| {
            tracing::info!(%reason, "refused a Kerberos ticket");
            self.refusal("The Kerberos ticket was not accepted; get a new one with kinit and try again.")
        })?;
        let principal = Principal::parse(&accepted.client).map_err(|_| self.refusal(NO_PRINCIPAL))?;
        self.must_be_ours(principal, accepted.service.rsplit_once('@').map(|(_, realm)| realm))?;
        let reply = (!accepted.reply.is_empty()).then(|| negotiate(&accepted.reply));
        Ok(Named { user: principal.user.to_owned(), method: "kerberos", reply })
    }

    /// The same name in another realm is somebody else.
    fn must_be_ours(&self, principal: Principal, own: Option<&str>) -> Result<(), AuthError> {
        let ours =
            if self.realms.is_empty() { own == Some(principal.realm) } else { self.realms.contains(principal.realm) };
        if ours {
            return Ok(());
        }
        tracing::warn!(user = principal.user, realm = principal.realm, "refused a user of a realm that is not ours");
        Err(self.refusal("Users of this realm are not known here."))
    }

    fn refusal(&self, message: &str) -> AuthError {
        let challenge = self.acceptor.is_some().then(|| HeaderValue::from_static("Negotiate"));
        AuthError::Unauthorized { message: message.to_owned(), challenge }
    }
}

/// What stands in `Authorization: Negotiate …`. Names of such schemes may be written in any case.
fn ticket<'a>(asking: &Asking<'a>) -> Option<&'a str> {
    let value = asking.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("negotiate").then(|| token.trim())
}

fn negotiate(token: &[u8]) -> HeaderValue {
    let value = format!("Negotiate {}", STANDARD.encode(token));
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("Negotiate"))
}
