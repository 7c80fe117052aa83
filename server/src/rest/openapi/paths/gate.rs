//! `POST …/module-builds/{id}/gate`.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::rest::openapi::answers::{
    Answer, bad_transfer, internal, no_such, no_version, not_reached, too_many, unauthorized,
};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::id;
use crate::rest::openapi::schema::named;

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let open = json!({ "open": true, "reason": "all tests passed" });
    let closed = json!({ "open": false, "reason": "2 of 40 tests failed" });
    let operation = Operation::versioned(
        Method::POST,
        "/module-builds/{id}/gate",
        "answerForGate",
        "Module builds",
        "Say whether a build may become ready",
    );
    let operation = operation
        .about(
            "With the option `GATE`, a build stays `done` until its gate is open. This opens it, whoever the gate is otherwise; or it \
             notes what the build still waits for, and may be said again.\n\nAllowed to members of `GATE_GROUPS` and `ADMIN_GROUPS` \
             who logged in.",
        )
        .parameters([id("module build", 8)])
        .body(
            "application/json",
            &named("GateAnswer"),
            &[("open", "Let it become ready", open), ("closed", "Say what it waits for", closed)],
        )
        .answer(Answer::json(
            StatusCode::OK,
            "The build as it is then.",
            &named("ModuleBuildVerbose"),
            &examples::module_build(),
        ))
        .answer(Answer::error(
            StatusCode::BAD_REQUEST,
            "The body is no JSON object, or says something else.",
            "\"open\" has to be true or false",
        ))
        .answers([
            unauthorized(),
            too_many(),
            Answer::error(
                StatusCode::FORBIDDEN,
                "The user may not answer for the gate.",
                "alice is not in a group that may answer for the gate (GATE_GROUPS)",
            ),
            no_such("module"),
            no_version(),
            Answer::error(
                StatusCode::CONFLICT,
                "The build does not wait for its gate.",
                "Only a build that is done and waits for its gate can be answered for; this one is ready",
            ),
        ])
        .answers(bad_transfer())
        .answers([internal(), not_reached()]);
    vec![operation]
}
