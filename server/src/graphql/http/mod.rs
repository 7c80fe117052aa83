//! `/graphql`: `POST` for everything, `GET` for queries, which may be kept, for the explorer page, and for websockets.
//!
//! | file | subject |
//! | --- | --- |
//! | [`answer`] | from a request to an answer, within limits of cost and time |
//! | [`foreign`] | requests that other sites could make a browser send |
//! | [`persisted`] | queries that clients name by their hash |
//! | [`shape`] | an answer as GraphQL promises it: what failed is null, fields stand in order |

pub(super) mod answer;
mod foreign;
mod persisted;
pub(super) mod shape;

use std::sync::Arc;

use async_graphql::Request as Asked;
use poem::http::{HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::{Value, json};

use super::error::{code, coded};
use super::guard::tokens;
use super::{Schema, explorer, socket};
use crate::App;
use crate::auth::Visitor;
use crate::rest::cache::Cache;
use crate::rest::query::Query;
use crate::rest::validator::Validator;
use crate::rest::{self, Failure, body};

pub use persisted::Persisted;

/// All that a request is answered with.
#[derive(Clone)]
pub struct Service {
    /// The schema, for what has been checked.
    pub schema: Schema,
    /// The same, which finds out whether a query fits it and what its answer may cost, and does nothing.
    pub checking: Schema,
    /// Queries that clients may name.
    pub persisted: Arc<Persisted>,
    /// Answers that were given before.
    pub cache: Arc<Cache>,
}

/// Answers one request, `{"query": …, "variables": …, "operationName": …}`. Errors of the query are in the answer's `errors`.
#[handler]
pub async fn post(
    app: Data<&App>,
    service: Data<&Service>,
    visitor: Visitor,
    request: &Request,
    body: Body,
) -> Result<Response, Failure> {
    if let Some(refusal) = foreign::refused(request.headers()) {
        return Ok(errors(StatusCode::UNSUPPORTED_MEDIA_TYPE, &refusal));
    }
    let limits = &app.config.graphql;
    let most = limits.request_bytes.min(app.config.rest.max_request_bytes);
    let bytes = body::read(request, body, most).await?;
    if let Err(error) = tokens::body(&bytes, limits) {
        return Ok(errors(StatusCode::PAYLOAD_TOO_LARGE, &error));
    }
    let document: Value = serde_json::from_slice(&bytes).map_err(|_| Failure::invalid("Invalid JSON submitted"))?;
    if !document.is_object() {
        return Err(Failure::invalid("A GraphQL request is a JSON object with a `query`"));
    }
    let asked: Asked = serde_json::from_value(document)
        .map_err(|error| Failure::invalid(format!("This is no GraphQL request: {error}")))?;
    let answered = answer::answer(&app, &service, visitor, asked, true).await;
    Ok(kept_by_nobody(rest::text(StatusCode::OK, answered.text)))
}

/// Answers a query from the URL: `?query=…&variables=…&operationName=…&extensions=…`. A browser that asks for a page gets the explorer.
#[handler]
pub async fn get(
    app: Data<&App>,
    service: Data<&Service>,
    visitor: Visitor,
    validator: Validator,
    query: Query,
    request: &Request,
) -> Result<Response, Failure> {
    if socket::wanted(request) {
        return socket::open(&app, &service, visitor, request).await;
    }
    let asks = query.first("query").is_some() || query.first("extensions").is_some();
    if !asks && app.config.graphql.explorer && explorer::wanted(request) {
        return Ok(explorer::page());
    }
    if !asks {
        return Err(Failure::invalid("The \"query\" parameter is missing"));
    }
    let limits = &app.config.graphql;
    if let Some(error) = query.first("variables").and_then(|text| tokens::body(text.as_bytes(), limits).err()) {
        return Ok(errors(StatusCode::PAYLOAD_TOO_LARGE, &error));
    }
    let answered = answer::answer(&app, &service, visitor, asked(&query)?, false).await;
    let Some(revision) = answered.revision else {
        let status = if answered.writes { StatusCode::METHOD_NOT_ALLOWED } else { StatusCode::OK };
        if answered.writes {
            let mut response = errors(status, &refusal(status, "Only POST changes something"));
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
            return Ok(response);
        }
        return Ok(kept_by_nobody(rest::text(status, answered.text)));
    };
    let tag = validator.tag(revision);
    if validator.has(&tag) {
        return Ok(rest::shared(tag.not_modified()));
    }
    Ok(rest::shared(tag.put_on(rest::text(StatusCode::OK, answered.text))))
}

fn asked(query: &Query) -> Result<Asked, Failure> {
    let json = |name: &str| match query.given(name) {
        None => Ok(Value::Null),
        Some(text) => {
            serde_json::from_str(text).map_err(|_| Failure::invalid(format!("The \"{name}\" parameter takes JSON")))
        }
    };
    let mut document = json!({ "query": query.first("query").unwrap_or_default() });
    for (name, value) in [("variables", json("variables")?), ("extensions", json("extensions")?)] {
        if !value.is_null() {
            document[name] = value;
        }
    }
    if let Some(name) = query.given("operationName") {
        document["operationName"] = name.into();
    }
    serde_json::from_value(document).map_err(|error| Failure::invalid(format!("This is no GraphQL request: {error}")))
}

/// An answer that is an error of the whole request.
fn errors(status: StatusCode, error: &async_graphql::Error) -> Response {
    let mut body = answer::errors(error);
    // As REST says it, too: it may be the client of something else that went astray.
    body["status"] = status.as_u16().into();
    body["error"] = status.canonical_reason().unwrap_or("Error").into();
    body["message"] = error.message.as_str().into();
    kept_by_nobody(rest::json(status, &body))
}

fn kept_by_nobody(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An error that a request of this kind gets.
fn refusal(status: StatusCode, message: &str) -> async_graphql::Error {
    coded(code(status), message)
}
