//! Who is asking.

use async_graphql::{Context, Error, ErrorExtensions as _, Object, Result};
use poem::error::ResponseError as _;
use poem::http::StatusCode;
use tokio::sync::OnceCell;

use super::loaders::failed;
use crate::App;
use crate::auth::permission::{Read, is_admin};
use crate::auth::{Asker, Scope, Scopes, Visitor};
use crate::rest::Failure;

/// Whoever sent a query. Nobody looks unless the query asks for it, and then once: a Kerberos ticket is good once.
pub struct Sender {
    visitor: Visitor,
    known: OnceCell<Result<Asker<Read>, Error>>,
}

impl Sender {
    /// Of one query.
    pub fn new(visitor: Visitor) -> Self {
        Self { visitor, known: OnceCell::new() }
    }

    async fn viewer(&self, app: &App) -> Result<Viewer> {
        let look = || async { self.visitor.asks(app).await.map_err(|failure| told(&failure)) };
        let asker = self.known.get_or_init(look).await.clone()?;
        let admin = is_admin(app, asker.known());
        Ok(Viewer { asker, admin })
    }
}

/// The viewer of this query.
pub async fn viewer(context: &Context<'_>) -> Result<Viewer> {
    context.data::<Sender>()?.viewer(context.data::<App>()?).await
}

/// What REST would answer, with its status in the extensions.
fn told(failure: &Failure) -> Error {
    match failure.status() {
        StatusCode::INTERNAL_SERVER_ERROR => failed(failure),
        status => Error::new(failure.to_string()).extend_with(|_, more| more.set("status", status.as_u16())),
    }
}

/// Who is asking, as the service knows it.
pub struct Viewer {
    asker: Asker<Read>,
    admin: bool,
}

#[Object]
impl Viewer {
    /// Name; builds are owned by it.
    async fn name(&self) -> &str {
        &self.asker.known().user.name
    }

    /// Groups, as the identity provider or the directory names them.
    async fn groups(&self) -> &[String] {
        &self.asker.known().user.groups
    }

    /// How that is known: `none`, `oidc`, `kerberos`, `proxy` or `token`.
    async fn method(&self) -> &str {
        self.asker.known().method
    }

    /// What an API token is good for; null after a log-in, which is good for everything that the user may do.
    async fn scopes(&self) -> Option<Vec<&'static str>> {
        match &self.asker.known().scopes {
            Scopes::All => None,
            Scopes::Only(scopes) => Some(scopes.iter().copied().map(Scope::name).collect()),
        }
    }

    /// Whether the user is an administrator.
    async fn admin(&self) -> bool {
        self.admin
    }
}
