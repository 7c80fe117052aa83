//! From a request to an answer.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;
use async_graphql::{Error, IntrospectionMode, PathSegment, Pos, Request as Asked, Response, ServerError};
use poem::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::shape::Shape;
use super::{Service, refusal};
use crate::App;
use crate::auth::Visitor;
use crate::graphql::error::coded;
use crate::graphql::guard::{cost, tokens};
use crate::graphql::load::Loaders;
use crate::graphql::paging::with_limit;
use crate::graphql::plan::ByPost;
use crate::graphql::viewer::Sender;

/// An answer.
pub struct Answered {
    /// JSON.
    pub text: bytes::Bytes,
    /// The number of the change that it is of, where nothing else counts.
    pub revision: Option<i64>,
    /// It is a refusal, as something would have been changed by a request that may only read.
    pub writes: bool,
}

/// `{"errors": […]}`, of the whole request.
pub fn errors(error: &Error) -> Value {
    let error = error.clone().into_server_error(Pos::default());
    json!({ "data": null, "errors": [{ "message": error.message, "extensions": error.extensions }] })
}

/// Answers, within limits. What was asked before, and has not changed since, is not worked out again.
pub async fn answer(app: &App, service: &Service, visitor: Visitor, mut asked: Asked, by_post: bool) -> Answered {
    let refused = |error: &Error, writes| Answered { text: errors(error).to_string().into(), revision: None, writes };
    let reads = match prepare(app, service, &mut asked) {
        Ok(kind) => kind == OperationType::Query,
        Err(error) => return refused(&error, false),
    };
    if !reads && !by_post {
        return refused(&refusal(StatusCode::METHOD_NOT_ALLOWED, "Only POST changes something"), true);
    }
    let key = key(&asked);
    let limit = app.config.graphql.timeout;
    let revision = if reads {
        match tokio::time::timeout(limit, service.cache.revision(&app.db)).await {
            Ok(revision) => revision.ok(),
            Err(_) => return refused(&too_slow(limit), false),
        }
    } else {
        None
    };
    if let Some(text) = revision.and_then(|revision| service.cache.answer(&key, revision)) {
        return Answered { text, revision, writes: false };
    }
    if let Some(refusal) = check(service, &mut asked).await {
        return answered(refusal, None);
    }
    let shape = Shape::of(&mut asked);
    let loaders = Arc::new(Loaders::new(app.clone(), Arc::clone(&service.cache)));
    let asked = asked.data(Sender::new(visitor)).data(ByPost(by_post)).data(Arc::clone(&loaders));
    let executed = async {
        if reads {
            tokio::time::timeout(limit, service.schema.execute(asked)).await.map_err(|_| limit)
        } else {
            // What is changed is changed as a whole, however long it takes.
            Ok(service.schema.execute(asked).await)
        }
    };
    let mut response = match executed.await {
        Ok(response) => response,
        Err(limit) => return refused(&too_slow(limit), false),
    };
    if let Some(shape) = shape {
        shape.mend(&mut response);
    }
    let revision = revision.filter(|_| response.errors.is_empty() && !loaders.is_volatile());
    let answered = answered(response, revision);
    if let Some(revision) = revision {
        service.cache.keep_answer(&key, revision, answered.text.clone());
    }
    answered
}

fn answered(mut response: Response, revision: Option<i64>) -> Answered {
    response.errors.iter_mut().for_each(complete);
    let text = serde_json::to_vec(&response).unwrap_or_else(|error| {
        let error = coded("INTERNAL", error.to_string());
        errors(&error).to_string().into()
    });
    Answered { text: text.into(), revision, writes: false }
}

/// The refusal of a query that does not fit the schema, or whose answer may be too large.
pub async fn check(service: &Service, asked: &mut Asked) -> Option<Response> {
    let mut checked = Asked::new("").variables(asked.variables.clone());
    checked.operation_name = asked.operation_name.clone();
    checked.introspection_mode = asked.introspection_mode;
    checked.set_parsed_query(asked.parsed_query().ok()?.clone());
    let response = service.checking.execute(checked).await;
    (!response.errors.is_empty()).then_some(response)
}

/// Finds the query, parses it, and refuses what costs too much. Returns what kind of operation is asked for.
pub fn prepare(app: &App, service: &Service, asked: &mut Asked) -> Result<OperationType, Error> {
    let limits = &app.config.graphql;
    service.persisted.resolve(asked, limits)?;
    tokens::query(&asked.query, limits)?;
    let document = parse_query(&asked.query).map_err(|error| coded("GRAPHQL_PARSE_FAILED", error.to_string()))?;
    let kind = cost::check(&document, asked.operation_name.as_deref(), limits)?;
    asked.set_parsed_query(document);
    if !limits.introspection {
        asked.introspection_mode = IntrospectionMode::Disabled;
    }
    Ok(kind)
}

/// Stands for everything that an answer depends on, but for the rows.
fn key(asked: &Asked) -> String {
    let variables = serde_json::to_string(&asked.variables).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [&asked.query, asked.operation_name.as_deref().unwrap_or_default(), &variables] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    format!("graphql {:x}", hash.finalize())
}

fn too_slow(limit: Duration) -> Error {
    let limit = usize::try_from(limit.as_secs()).unwrap_or(usize::MAX);
    let error = coded("TIMEOUT", format!("The answer was not ready within {limit} seconds"));
    with_limit(error, limit, limit)
}

/// Every error has a code: those without one say that the query does not fit the schema.
pub fn complete(error: &mut ServerError) {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        let is_of_field = error.path.iter().any(|segment| matches!(segment, PathSegment::Field(_)));
        extensions.set("code", if is_of_field { "BAD_REQUEST" } else { "GRAPHQL_VALIDATION_FAILED" });
    }
}
