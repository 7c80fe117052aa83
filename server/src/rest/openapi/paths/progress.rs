//! How far a build is, and trying it again.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::rest::openapi::answers::{
    Answer, bad_query, bad_transfer, internal, no_such, not_reached, too_many, trouble, unauthorized,
};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::id;
use crate::rest::openapi::schema::named;

const TAG: &str = "Module builds";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![show(), retry()]
}

fn show() -> Operation {
    Operation::versioned(
        Method::GET,
        "/module-builds/{id}/progress",
        "showProgress",
        TAG,
        "Tell how far a module build is",
    )
    .about(
        "What each of its components waits for, why it failed, when it is tried again, and how long the rest is expected to take. \
         Time goes on while nothing changes, so there is no `ETag`.",
    )
    .parameters([id("module build", 8)])
    .answer(Answer::shared("How far it is.", &named("Progress"), &examples::progress()))
    .answers([bad_query("The query string contains a NUL character"), no_such("module")])
    .answers(trouble())
}

fn retry() -> Operation {
    let mut again = examples::module_build();
    for (name, value) in [
        ("state", json!(1)),
        ("state_name", json!("wait")),
        ("state_reason", json!("Retried by alice: jemalloc")),
        ("batch", json!(0)),
    ] {
        again[name] = value;
    }
    let bodies = [
        ("all", "All components that failed", json!({})),
        ("some", "Some of them", json!({ "components": ["jemalloc"] })),
    ];
    Operation::versioned(
        Method::POST,
        "/module-builds/{id}/retry",
        "retryModuleBuild",
        TAG,
        "Try failed components of a module build again",
    )
    .about(
        "Allowed to the owner of the build and to members of `ADMIN_GROUPS`, once it is `failed`. Components that failed, or those of \
         them that are named, are built again in a new attempt, and then what was not built because of them. What was built is kept.",
    )
    .parameters([id("module build", 8)])
    .body("application/json", &named("Retry"), &bodies)
    .answer(Answer::json(StatusCode::OK, "The build as it is then.", &named("ModuleBuildVerbose"), &again))
    .answer(Answer::error(
        StatusCode::BAD_REQUEST,
        "The body is no such JSON, or names a component that the build does not have, or that did not fail.",
        "The build has no component libuv.",
    ))
    .answers([
        unauthorized(),
        too_many(),
        Answer::error(
            StatusCode::FORBIDDEN,
            "The user may not try this build again.",
            "You are not owner of this build and therefore cannot modify it.",
        ),
        no_such("module"),
        Answer::error(
            StatusCode::CONFLICT,
            "The build did not fail, or there is a newer one of the same name, stream, version and context.",
            "Build 8 is ready; only components of a failed build can be tried again.",
        ),
    ])
    .answers(bad_transfer())
    .answers([internal(), not_reached()])
}
