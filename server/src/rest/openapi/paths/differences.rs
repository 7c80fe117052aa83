//! `…/module-builds/{id}/diff/{other}`.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rest::openapi::answers::{Answer, trouble};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::schema::named;

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let operation = Operation::versioned(
        Method::GET,
        "/module-builds/{id}/diff/{other}",
        "compareModuleBuilds",
        "Module builds",
        "Compare two builds",
    );
    let operation = operation
        .about(
            "What the second build has and the first has not, what is gone, and what is another: components with their commits and \
             NVRs, published packages, filters, licences, modules that they were built against, macros. Packages are null where one \
             of the builds has published none.",
        )
        .parameters([build("id", "The first build"), build("other", "The second build")])
        .answer(Answer::json(StatusCode::OK, "The difference.", &named("Difference"), &examples::difference()))
        .answers([
            Answer::error(
                StatusCode::BAD_REQUEST,
                "One of the two is neither an id nor a name with stream, version and context.",
                "\"nodejs\" is neither the id of a module build nor name:stream:version:context",
            ),
            Answer::error(
                StatusCode::NOT_FOUND,
                "There is no such build, or no such version of the API.",
                "There is no module build 42.",
            ),
            Answer::error(
                StatusCode::UNPROCESSABLE_ENTITY,
                "A build has no document that can be read.",
                "Module build 42 has no modulemd to compare.",
            ),
        ])
        .answers(trouble());
    vec![operation]
}

fn build(name: &str, about: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": format!("{about}: its id, or `name:stream:version:context`."),
        "schema": { "type": "string", "minLength": 1 },
        "example": if name == "id" { "41" } else { "42" },
    })
}
