//! A resource: the methods that a URL has.
//!
//! The order in which a request is looked at is that of the Python service: URL (404), method (405), version of the API (404),
//! and only then the handler.

use poem::endpoint::BoxEndpoint;
use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response, Result};

use super::failure::{self, Failure};
use super::origin::Origin;

/// The newest version of the API; 1 differs in that a submission answers with one build instead of a list.
pub const NEWEST: u32 = 2;

/// Parts of paths that are numbers.
const NUMBERS: &[&str] = &["version", "id"];

/// Methods of a URL with their handlers. `HEAD` and `OPTIONS` come by themselves.
pub struct Resource {
    versioned: bool,
    /// The id in its path may be a name, too.
    named: bool,
    methods: Vec<(Method, BoxEndpoint<'static>)>,
}

impl Resource {
    /// A resource below the version of the API.
    pub fn versioned() -> Self {
        Self { versioned: true, named: false, methods: Vec::new() }
    }

    /// A resource that all versions share.
    pub fn shared() -> Self {
        Self { versioned: false, named: false, methods: Vec::new() }
    }

    /// The id in its path may be a name, too.
    pub fn by_id_or_name(self) -> Self {
        Self { named: true, ..self }
    }

    /// Answers `GET`.
    pub fn get<E: IntoEndpoint<Endpoint: 'static>>(self, endpoint: E) -> Self {
        self.method(Method::GET, endpoint)
    }

    /// Answers `POST`.
    pub fn post<E: IntoEndpoint<Endpoint: 'static>>(self, endpoint: E) -> Self {
        self.method(Method::POST, endpoint)
    }

    /// Answers `PATCH`.
    pub fn patch<E: IntoEndpoint<Endpoint: 'static>>(self, endpoint: E) -> Self {
        self.method(Method::PATCH, endpoint)
    }

    /// Answers `DELETE`.
    pub fn delete<E: IntoEndpoint<Endpoint: 'static>>(self, endpoint: E) -> Self {
        self.method(Method::DELETE, endpoint)
    }

    fn method<E: IntoEndpoint<Endpoint: 'static>>(mut self, method: Method, endpoint: E) -> Self {
        self.methods.push((method, endpoint.into_endpoint().map_to_response().boxed()));
        self
    }

    /// What answers the same URL without the slash at its end.
    pub fn without_slash(&self) -> Redirect {
        Redirect { methods: self.allowed() }
    }

    /// All methods of the URL.
    pub fn allowed(&self) -> Vec<Method> {
        let mut allowed = vec![Method::OPTIONS];
        for (method, _) in &self.methods {
            allowed.push(method.clone());
            if method == Method::GET {
                allowed.push(Method::HEAD);
            }
        }
        allowed
    }

    fn allow(&self) -> String {
        let names: Vec<_> = self.allowed().iter().map(ToString::to_string).collect();
        names.join(", ")
    }

    fn not_allowed(&self) -> Response {
        let mut response =
            failure::body(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed for the requested URL.");
        if let Ok(allow) = self.allow().parse() {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }

    fn options(&self) -> Response {
        Response::builder()
            .header(header::ALLOW, self.allow())
            .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
            .finish()
    }
}

impl Endpoint for Resource {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        must_be_numbers(&request, if self.named { &["version"] } else { NUMBERS })?;
        if request.method() == Method::OPTIONS {
            return Ok(self.options());
        }
        if request.method() == Method::HEAD {
            // The server sends the headers of the answer without its body.
            request.set_method(Method::GET);
        }
        let handler = self.methods.iter().find(|(method, _)| method == request.method());
        let Some((_, handler)) = handler else { return Ok(self.not_allowed()) };
        if self.versioned && version(&request).is_none() {
            return Err(Failure::not_found("The requested API version is not available").into());
        }
        handler.call(request).await
    }
}

/// A URL with something else than a number where a number belongs is no URL of ours.
fn must_be_numbers(request: &Request, names: &[&str]) -> Result<()> {
    for name in names {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !request.raw_path_param(name).is_none_or(is_number) {
            return Err(StatusCode::NOT_FOUND.into());
        }
    }
    Ok(())
}

/// The version of the API that a request is for, if there is such a version.
pub fn version(request: &Request) -> Option<u32> {
    let version = request.raw_path_param("version")?.parse().ok()?;
    (1..=NEWEST).contains(&version).then_some(version)
}

/// Sends clients that left out the slash at the end to the right URL.
pub struct Redirect {
    methods: Vec<Method>,
}

impl Endpoint for Redirect {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        must_be_numbers(&request, NUMBERS)?;
        if !self.methods.contains(request.method()) {
            return Err(StatusCode::NOT_FOUND.into());
        }
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}/{query}", request.uri().path());
        let url = request.data::<Origin>().map_or_else(|| path.clone(), |origin| origin.url(&path));
        Ok(Response::builder()
            .status(StatusCode::PERMANENT_REDIRECT)
            .header(header::LOCATION, url)
            .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
            .finish())
    }
}
