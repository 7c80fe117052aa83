//! What the service says about itself, and errors.

use serde_json::{Value, json};

use crate::config::AuthMethod;
use crate::rest::openapi::schema::{boolean, choice, integer, list, object, text};
use crate::rest::rebuild_strategies::STRATEGIES;
use crate::rest::resource::NEWEST;

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("Error", error()),
        ("About", about()),
        ("RebuildStrategies", rebuild_strategies()),
        ("GraphqlRequest", graphql_request()),
        ("GraphqlAnswer", graphql_answer()),
        ("GraphqlRefusal", graphql_refusal()),
    ]
}

fn error() -> Value {
    object("Why a request is not answered as asked.", error_members())
}

fn error_members() -> Vec<(&'static str, Value)> {
    vec![
        ("status", json!({ "type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status." })),
        ("error", text("The name of the status.")),
        ("message", text("What is wrong, for people.")),
    ]
}

fn about() -> Value {
    let mut newest = integer("Newest version of the API.");
    newest["const"] = json!(NEWEST);
    object(
        "What clients ask first.",
        [
            (
                "version",
                text("Release of the Python service whose API this is; clients decide by it what they can ask for."),
            ),
            ("api_version", newest),
            ("auth_method", choice("How users log in.", AuthMethod::ALL.map(AuthMethod::name))),
        ],
    )
}

fn rebuild_strategies() -> Value {
    let one = object(
        "A strategy.",
        [
            ("name", choice("What a submission names it by.", STRATEGIES.map(|(name, _)| name))),
            ("description", text("What it means.")),
            ("allowed", boolean("Whether a submission may ask for it.")),
            ("default", boolean("Whether it is taken unless a submission asks for another one.")),
        ],
    );
    object("How much of a module may be built again.", [("items", list("All strategies.", &one))])
}

fn graphql_request() -> Value {
    json!({
        "type": "object",
        "description": "A GraphQL request.",
        "properties": {
            "query": text("The document."),
            "variables": { "type": ["object", "null"], "description": "Values of its variables." },
            "operationName": { "type": ["string", "null"], "description": "Which of its operations is meant." },
        },
        "required": ["query"],
    })
}

/// What clients of GraphQL and clients of REST can both read.
fn graphql_refusal() -> Value {
    let error = object(
        "Why the request is refused.",
        [
            ("message", text("What is wrong.")),
            ("extensions", json!({ "type": "object", "description": "Its `code`, and what is allowed." })),
        ],
    );
    let mut refusal = error_members();
    refusal.extend([
        ("data", json!({ "type": "null", "description": "Nothing." })),
        ("errors", list("The same for clients of GraphQL.", &error)),
    ]);
    object("Why a GraphQL request is not answered as asked.", refusal)
}

fn graphql_answer() -> Value {
    let location = object(
        "A place in the query.",
        [
            ("line", json!({ "type": "integer", "minimum": 0, "description": "Line." })),
            ("column", json!({ "type": "integer", "minimum": 0, "description": "Column." })),
        ],
    );
    let error = json!({
        "type": "object",
        "properties": {
            "message": text("What is wrong."),
            "locations": list("Where.", &location),
            "path": list("The field that has no value because of it.", &json!({ "type": ["string", "integer"] })),
            "extensions": { "type": "object", "description": "More about it." },
        },
        "required": ["message"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "description": "What GraphQL answers.",
        "properties": {
            "data": { "type": ["object", "null"], "description": "What the query asked for." },
            "errors": list("What is wrong with the query, or with fields of its answer.", &error),
            "extensions": { "type": "object", "description": "More about the answer." },
        },
        "required": ["data"],
        "additionalProperties": false,
    })
}
