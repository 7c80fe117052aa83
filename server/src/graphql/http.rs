//! `POST /graphql`.

use async_graphql::Request as GraphqlRequest;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};

use super::Schema;
use super::viewer::Sender;
use crate::App;
use crate::auth::Visitor;
use crate::rest::{Failure, body, json};

/// Answers one request, `{"query": …, "variables": …, "operationName": …}`. Errors of the query are in the answer's `errors`.
#[handler]
pub async fn answer(
    app: Data<&App>,
    schema: Data<&Schema>,
    visitor: Visitor,
    request: &Request,
    body: Body,
) -> Result<Response, Failure> {
    let document = body::json(request, body, app.config.rest.max_request_bytes).await?;
    if !document.is_object() {
        return Err(Failure::invalid("A GraphQL request is a JSON object with a `query`"));
    }
    let query: GraphqlRequest = serde_json::from_value(document)
        .map_err(|error| Failure::invalid(format!("This is no GraphQL request: {error}")))?;
    let answer = schema.execute(query.data(Sender::new(visitor))).await;
    let answer = serde_json::to_value(answer).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(json(StatusCode::OK, &answer))
}
