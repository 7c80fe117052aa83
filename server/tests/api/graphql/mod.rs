//! GraphQL: it answers what REST answers, in a fixed number of statements, and refuses what costs too much.

mod builds;
mod changes;
mod dashboards;
mod hostile;
mod http;
mod lists;
mod statements;

use serde_json::{Value, json};

use crate::support::{Answer, Application};

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Sends a request and returns the whole answer.
async fn send(application: &Application, request: &Value) -> Answer {
    application.send("POST", "/graphql", &[JSON, ("Host", "h")], request.to_string().as_bytes()).await
}

/// Asks a query; the answer may have errors.
async fn ask(application: &Application, query: &str, variables: Value) -> Value {
    let answer = send(application, &json!({ "query": query, "variables": variables })).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"), "{}", answer.text);
    answer.body.unwrap()
}

/// The data of an answer without errors.
async fn data(application: &Application, query: &str, variables: Value) -> Value {
    let mut answer = ask(application, query, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{query:.300}");
    answer["data"].take()
}

/// The code of the first error.
fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no code in {answer}"))
}
