//! `…/import-module/`.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::rest::openapi::answers::{Answer, bad_transfer, internal, no_version, not_reached, too_many, unauthorized};
use crate::rest::openapi::examples::{self, as_in};
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::schema::named;
use crate::rest::openapi::schemas::module_builds::without_tasks;

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let commit = json!({ "scmurl": "https://src.example.com/modules/platform?#8d1f3ab" });
    let example = json!({
        "module": as_in(&without_tasks(), &examples::module_build()),
        "messages": ["Module nodejs:8:2820190301090014:69ebd189 imported"],
    });
    let operation = Operation::versioned(
        Method::POST,
        "/import-module/",
        "importModule",
        "Module builds",
        "Import a module that was built elsewhere",
    );
    let operation = operation
        .about(
            "Makes the document of a commit a build that is `ready`, or brings the build of the same name, stream, version and \
             context up to date. That is how base modules get in. The document has to say in `xmd.mbs` what the service would \
             have written there.\n\nAllowed to members of `ALLOWED_GROUPS_TO_IMPORT_MODULE` and to `ALLOWED_USERS`, and to nobody \
             while the first is empty.",
        )
        .body("application/json", &named("Import"), &[("commit", "A commit in git", commit)])
        .answer(Answer::json(StatusCode::CREATED, "Imported.", &named("Imported"), &example))
        .answer(Answer::error(
            StatusCode::BAD_REQUEST,
            "The body is no JSON object, or the address is missing or malformed.",
            "Missing scmurl",
        ))
        .answers([
            unauthorized(),
            too_many(),
            Answer::error(
                StatusCode::FORBIDDEN,
                "The user may not import modules, nobody may, or the address is not in the allow-list.",
                "Import module API is disabled.",
            ),
            no_version(),
        ])
        .answer(Answer::error(
            StatusCode::CONFLICT,
            "The module is being built or submitted at this moment.",
            "Module nodejs:8:2820190301090014:69ebd189 is in the state \"build\"; import it once it is ready or failed",
        ))
        .answers(bad_transfer())
        .answer(Answer::error(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The commit or the document is not there, or the document is not one that can be imported.",
            "Both the name and stream must be set for the modulemd being imported.",
        ))
        .answers([internal(), not_reached()]);
    vec![operation]
}
