//! `/graphql`.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rest::openapi::answers::{Answer, bad_transfer, internal};
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::query;
use crate::rest::openapi::schema::named;

const TAG: &str = "GraphQL";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let mut all = vec![post(), get()];
    all.extend(files());
    all
}

fn example() -> Value {
    json!({
        "data": { "moduleBuilds": { "nodes": [{ "id": "ModuleBuild:8", "name": "nodejs", "stream": "8" }] } },
    })
}

/// A refusal of GraphQL, or of what is before it.
fn refusal(status: StatusCode, about: &str, message: &str) -> Answer {
    let reason = status.canonical_reason().unwrap_or("Error");
    let example = json!({
        "data": null,
        "errors": [{ "message": message, "extensions": { "code": "REFUSED" } }],
        "status": status.as_u16(),
        "error": reason,
        "message": message,
    });
    let schema = json!({ "anyOf": [named("GraphqlRefusal"), named("Error")] });
    Answer::json(status, about, &schema, &example)
}

fn post() -> Operation {
    let query = json!({ "query": "{ moduleBuilds(first: 2, filter: {state: [READY]}) { nodes { id name stream } } }" });
    Operation::new(Method::POST, "/graphql", "graphql", TAG, "Answer a GraphQL request")
        .about(
            "The schema is `schema.graphql` at the root of the project; introspection works, too. What is wrong with a query \
             is told in `errors`, with the status 200.",
        )
        .body("application/json", &named("GraphqlRequest"), &[("builds", "Two builds that are ready", query)])
        .answer(Answer::json(StatusCode::OK, "What was asked for.", &named("GraphqlAnswer"), &example()))
        .answer(Answer::error(
            StatusCode::BAD_REQUEST,
            "The body is no GraphQL request.",
            "A GraphQL request is a JSON object with a `query`",
        ))
        .answers(bad_transfer())
        .answer(refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is larger than `GRAPHQL_MAX_REQUEST_BYTES` allows, or holds more values than `GRAPHQL_MAX_TOKENS` does.",
            "This query has 300000 words and signs; 200000 are allowed",
        ))
        .answer(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "It may come from the page of another site, or the body is compressed.",
            "GraphQL requests are sent as application/json",
        ))
        .answer(internal())
}

fn get() -> Operation {
    let text = json!({ "type": "string" });
    Operation::new(Method::GET, "/graphql", "graphqlQuery", TAG, "Answer a GraphQL query that may be kept")
        .about(
            "Never a mutation. Answers that depend on builds only have an `ETag`. Browsers, which ask for HTML, get the explorer page \
             where there is no query.",
        )
        .parameters([
            query("query", "The document.", &text),
            query("variables", "Values of its variables, JSON.", &text),
            query("operationName", "Which of its operations is meant.", &text),
            query("extensions", "JSON; `persistedQuery` names a query by its SHA-256.", &text),
        ])
        .answer(
            Answer::json(StatusCode::OK, "What was asked for.", &named("GraphqlAnswer"), &example())
                .content("text/html", &text, &json!("<!DOCTYPE html>…"))
                .optional_header("ETag", "Stands for the answer.", &text),
        )
        .answer(Answer::empty(StatusCode::NOT_MODIFIED, "Nothing has changed."))
        .answer(Answer::error(StatusCode::BAD_REQUEST, "There is no query.", "The \"query\" parameter is missing"))
        .answer(refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "Something would be changed.",
            "Only POST changes something",
        ))
        .answer(refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The variables are too many.",
            "This query has 300000 words and signs; 200000 are allowed",
        ))
        .answer(internal())
}

/// Files of the explorer page.
fn files() -> Vec<Operation> {
    let text = json!({ "type": "string" });
    let file = |path: &str, id: &str, kind: &str, example: &str| {
        Operation::new(Method::GET, path, id, TAG, "Show a file of the explorer page")
            .answer(Answer::empty(StatusCode::OK, "The file.").content(kind, &text, &json!(example)))
            .answer(internal())
            .conditional()
    };
    vec![
        file("/graphql/explorer/graphiql.js", "explorerGraphiql", "text/javascript", "'use strict';"),
        file("/graphql/explorer/graphiql.css", "explorerGraphiqlStyle", "text/css", "body { margin: 0 }"),
        file("/graphql/explorer/page.js", "explorerPage", "text/javascript", "'use strict';"),
        file("/graphql/explorer/page.css", "explorerPageStyle", "text/css", "body { margin: 0 }"),
    ]
}
