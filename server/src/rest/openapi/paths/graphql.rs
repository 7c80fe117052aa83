//! `/graphql`.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::rest::openapi::answers::{Answer, bad_transfer, internal};
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::schema::named;

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let query = json!({ "query": "{ moduleBuilds(first: 2, state: READY) { nodes { id name stream } } }" });
    let answer = json!({
        "data": { "moduleBuilds": { "nodes": [{ "id": "8", "name": "nodejs", "stream": "8" }] } },
    });
    vec![
        Operation::new(Method::POST, "/graphql", "graphql", "GraphQL", "Answer a GraphQL query")
            .about(
                "The schema is `schema.graphql` at the root of the project; introspection works, too. What is wrong with a query \
                 is told in `errors`, with the status 200.",
            )
            .body("application/json", &named("GraphqlRequest"), &[("builds", "Two builds that are ready", query)])
            .answer(Answer::json(StatusCode::OK, "What was asked for.", &named("GraphqlAnswer"), &answer))
            .answer(Answer::error(
                StatusCode::BAD_REQUEST,
                "The body is no GraphQL request.",
                "A GraphQL request is a JSON object with a `query`",
            ))
            .answers(bad_transfer())
            .answer(internal()),
    ]
}
