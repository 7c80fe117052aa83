//! Extractors: whom a handler takes requests from.
//!
//! | in a signature | who gets in |
//! | --- | --- |
//! | [`Visitor`] | everybody; the function decides whether it wants to know who |
//! | [`Person`] | who logged in; API tokens do not |
//! | [`Submitter`], [`Canceler`], [`Retrier`], [`Gatekeeper`], [`Importer`] | who is known, with credentials that are good for it |
//! | [`Admin`] | members of `ADMIN_GROUPS` who logged in |
//!
//! The third kind says only that it is known who asks: whether the user may is decided by [`permission`](super::permission), for
//! a build or an owner that is found in the request, and service functions go on with nothing less than its [`Granted`].

use std::marker::PhantomData;
use std::net::IpAddr;

use poem::http::{HeaderMap, HeaderValue, Method, header};
use poem::{FromRequest, Request, RequestBody, Result};

use super::cross_site::is_cross_site;
use super::permission::{Cancel, Import, OpenGate, Permission, Retry, Submit};
use super::{Asking, AuthError, Known, Scope, Scopes, User, network};
use crate::App;
use crate::audit::Caller;
use crate::rest::{self, Failure};
use crate::service::ServiceError;

/// Somebody who is known, and asks for what needs `P`.
#[derive(Clone, Debug)]
pub struct Asker<P> {
    pub(super) known: Known,
    permission: PhantomData<P>,
}

/// Asks to submit builds.
pub type Submitter = Asker<Submit>;
/// Asks to cancel a build.
pub type Canceler = Asker<Cancel>;
/// Asks to try failed components again.
pub type Retrier = Asker<Retry>;
/// Asks to say whether a build may become ready.
pub type Gatekeeper = Asker<OpenGate>;
/// Asks to import a module.
pub type Importer = Asker<Import>;

impl<P: Permission> Asker<P> {
    /// Unless the service does not do this for anybody, or the credentials are not good for it.
    fn new(app: &App, known: Known) -> Result<Self, ServiceError> {
        P::open(app)?;
        let good = match P::SCOPE {
            Some(scope) => known.scopes.cover(scope),
            None => known.scopes == Scopes::All,
        };
        if good { Ok(Self { known, permission: PhantomData }) } else { Err(out_of_scope(P::SCOPE)) }
    }

    /// Somebody who was looked at already asks for what needs `P`.
    pub fn of(app: &App, known: Known) -> Result<Self, ServiceError> {
        P::open(app)?;
        Self::new(app, known)
    }

    /// Who asks.
    pub fn known(&self) -> &Known {
        &self.known
    }
}

fn out_of_scope(scope: Option<Scope>) -> ServiceError {
    ServiceError::Forbidden(match scope {
        Some(scope) => format!("This API token does not have the scope \"{}\".", scope.name()),
        None => "API tokens are not good for this; log in.".to_owned(),
    })
}

impl<'a, P: Permission> FromRequest<'a> for Asker<P> {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let app = app(request)?;
        P::open(app).map_err(Failure::from)?;
        let known = identify(app, request).await?;
        Ok(Self::new(app, known).map_err(Failure::from)?)
    }
}

/// Somebody who logged in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who, and how that is known.
    pub known: Known,
}

impl Person {
    /// Somebody who is known, unless by an API token.
    pub fn of(known: Known) -> Result<Self, ServiceError> {
        if known.scopes == Scopes::All { Ok(Self { known }) } else { Err(out_of_scope(None)) }
    }
}

impl<'a> FromRequest<'a> for Person {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let known = identify(app(request)?, request).await?;
        Ok(Self::of(known).map_err(Failure::from)?)
    }
}

/// A member of `ADMIN_GROUPS` who logged in.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Who.
    pub user: User,
}

impl<'a> FromRequest<'a> for Admin {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let Person { known } = Person::from_request(request, body).await?;
        if !super::permission::is_admin(app(request)?, &known) {
            let message = format!("{} is not in a group of administrators", known.user.name);
            return Err(Failure::from(ServiceError::Forbidden(message)).into());
        }
        Ok(Self { user: known.user })
    }
}

/// Whoever it is: nobody has looked yet.
#[derive(Clone, Debug)]
pub struct Visitor {
    headers: HeaderMap,
    peer: Option<IpAddr>,
}

impl Visitor {
    /// Looks.
    pub async fn known(&self, app: &App) -> Result<Known, AuthError> {
        authenticate(app, &Asking { headers: &self.headers, peer: self.peer }).await
    }

    /// The same with other credentials, which came on the connection that the request opened.
    pub fn with_authorization(&self, value: HeaderValue) -> Self {
        let mut other = self.clone();
        other.headers.insert(header::AUTHORIZATION, value);
        other
    }

    /// Whether it is said who it is, well or not.
    pub fn has_credentials(&self, app: &App) -> bool {
        app.authenticator.has_credentials(&Asking { headers: &self.headers, peer: self.peer })
    }

    /// Whether that is said by a token, which can be looked at as often as one likes; a ticket is good once.
    pub fn is_bearer(&self) -> bool {
        let value = self.headers.get(header::AUTHORIZATION);
        value.is_some_and(|value| value.as_bytes().trim_ascii().to_ascii_lowercase().starts_with(b"bearer "))
    }

    /// Looks, unless a page of another site made a browser send the request.
    pub async fn of_own_site(&self, app: &App) -> Result<Known, Failure> {
        if is_cross_site(&self.headers) {
            return Err(from_elsewhere().into());
        }
        Ok(self.known(app).await?)
    }

    /// Looks, and goes on as somebody who asks for what needs `P`. As often as it is asked: a connection that stays open does so
    /// again for each thing that needs somebody, since users lose rights and tokens end.
    pub async fn asks<P: Permission>(&self, app: &App) -> Result<Asker<P>, Failure> {
        P::open(app)?;
        if is_cross_site(&self.headers) {
            return Err(from_elsewhere().into());
        }
        Ok(Asker::new(app, self.known(app).await?)?)
    }
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self { headers: request.headers().clone(), peer: super::asking::peer(request) })
    }
}

/// Who sent a request, which is not one that changes something for a page of somebody else.
async fn identify(app: &App, request: &Request) -> Result<Known, Failure> {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && is_cross_site(request.headers()) {
        return Err(from_elsewhere().into());
    }
    Ok(authenticate(app, &Asking::of(request)).await?)
}

fn from_elsewhere() -> ServiceError {
    ServiceError::Forbidden("This request was made by a page of another site; nothing is changed for it.".to_owned())
}

/// Asks the authenticator that this service was assembled with; what it wants the client to know goes into the answer.
async fn authenticate(app: &App, asking: &Asking<'_>) -> Result<Known, AuthError> {
    let address = network::client(asking, &app.config.kerberos.trusted_proxies);
    let tried = app.authenticator.has_credentials(asking);
    let caller = Caller { address, tried, ..Caller::default() };
    rest::called_by(caller.clone());
    if let Some(wait) = app.throttle.wait(address).filter(|_| tried) {
        return Err(AuthError::TooMany(wait));
    }
    let known = app.authenticator.authenticate(asking).await.inspect_err(|error| {
        if tried && matches!(error, AuthError::Unauthorized { .. }) {
            app.throttle.failed(address);
        }
    })?;
    rest::called_by(Caller { user: Some(known.user.name.clone()), method: Some(known.method), ..caller });
    if let Some(reply) = &known.reply {
        rest::reply(reply);
    }
    Ok(known)
}

fn app(request: &Request) -> Result<&App, Failure> {
    request.data::<App>().ok_or_else(|| Failure::internal("a route without the application"))
}
