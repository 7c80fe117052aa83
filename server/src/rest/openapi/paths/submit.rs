//! What changes builds: `POST …/module-builds/` and `PATCH …/module-builds/{id}`.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rest::openapi::answers::{
    Answer, bad_transfer, internal, no_such, no_version, not_reached, too_many, unauthorized,
};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::{header, id, query};
use crate::rest::openapi::schema::{choice, named};

const TAG: &str = "Module builds";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![submit(), change()]
}

/// A small module.
const MODULEMD: &str = "document: modulemd
version: 2
data:
  name: hello
  stream: main
  summary: Says hello
  description: Says hello.
  license:
    module: [MIT]
  dependencies:
  - buildrequires:
      platform: [f28]
    requires:
      platform: [f28]
  components:
    rpms:
      hello:
        rationale: It says hello.
        ref: main
";

fn submit() -> Operation {
    let scm = json!({ "scmurl": "https://src.example.com/modules/nodejs?#8d1f3ab", "branch": "20" });
    let scratch = json!({ "modulemd": MODULEMD, "scratch": true });
    Operation::versioned(Method::POST, "/module-builds/", "submitModule", TAG, "Submit a module")
        .about(
            "One document becomes a build for every combination of streams that it has to be built for.\n\nWhat was submitted \
             before and failed or was cancelled goes on, and what was built is kept. Anything else that exists is a conflict, \
             unless other combinations of the same submission are new.\n\nWith a key, a submission can be sent again when its answer \
             was lost: it is done once, and answered as the first time. A dry run does everything but write.\n\nA body of any other content type is read as JSON.",
        )
        .body(
            "application/json",
            &named("Submission"),
            &[
                ("commit", "A commit in git", scm),
                ("document", "A document, as a scratch build", scratch),
            ],
        )
        .body("multipart/form-data", &named("SubmissionForm"), &[])
        .parameters([dry_run(), key()])
        .example_form(&["yaml=@hello.yaml", "module_stream=main"])
        .answer(Answer::json(
            StatusCode::OK,
            "What the submission would do; the answer to a dry run.",
            &named("DryRun"),
            &examples::dry_run(),
        ))
        .answer(created())
        .answer(Answer::error(
            StatusCode::BAD_REQUEST,
            "The body is no JSON object or form, a parameter is unknown, missing or cannot be what it is, the commit is not on \
             the branch, or the key is not one.",
            "The request contains invalid parameters: colour",
        ))
        .answers([unauthorized(), too_many(), forbidden_submission(), no_version()])
        .answers(bad_transfer())
        .answers([
            Answer::error(
                StatusCode::CONFLICT,
                "It exists already, or the same submission is being worked on.",
                "Module (state=0) already exists. Only a new build, resubmission of a failed build or build against new \
                 buildrequirements is allowed.",
            ),
            Answer::error(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Well-formed, but it cannot be built: the document is invalid, the commit is not there, a dependency has no such \
                 stream. Or the key is that of another submission.",
                "None of the base module (platform) streams in the buildrequires section could be found.  Missing streams are \
                 (platform:f99).",
            ),
            internal(),
            not_reached(),
        ])
}

fn dry_run() -> Value {
    query(
        "dry_run",
        "Tells what the submission would do, and does nothing. 400 for other values, so that nobody gets a build by accident.",
        &choice("Whether it is one.", ["true", "1", "false", "0"]),
    )
}

fn key() -> Value {
    header(
        "Idempotency-Key",
        "A name for this submission, such as a UUID. It belongs to the user, and is kept for `IDEMPOTENCY_KEEP_HOURS` (24).",
        &json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" }),
    )
}

fn created() -> Answer {
    let builds = json!({
        "oneOf": [
            named("ModuleBuildVerbose"),
            { "type": "array", "items": named("ModuleBuildVerbose"), "minItems": 1 },
        ],
    });
    Answer::json(
        StatusCode::CREATED,
        "Submitted. The first of the builds in version 1 of the API, the list of all of them in version 2.",
        &builds,
        &json!([examples::module_build()]),
    )
    .optional_header(
        "Idempotency-Replayed",
        "The submission was done before, and this is its answer.",
        &json!({ "type": "string", "const": "true" }),
    )
}

fn forbidden_submission() -> Answer {
    Answer::error(
        StatusCode::FORBIDDEN,
        "The user may not submit, the address is not in the allow-list, or this way to submit is switched off.",
        "The submitted scmurl https://src.example.com/modules/nodejs?#8d1f3ab is not allowed",
    )
}

fn change() -> Operation {
    let mut cancelled = examples::module_build();
    let changes: [(&str, Value); 3] =
        [("state", json!(4)), ("state_name", json!("failed")), ("state_reason", json!("Canceled by alice."))];
    for (name, value) in changes {
        cancelled[name] = value;
    }
    Operation::versioned(Method::PATCH, "/module-builds/{id}", "changeModuleBuild", TAG, "Cancel a module build, or set its priority")
        .about(
            "Allowed to the owner of the build and to members of `ADMIN_GROUPS`, while the build is `init`, `wait` or `build`. \
             What runs is stopped within seconds. With `priority` instead of `state`, members of `ADMIN_GROUPS` set the priority of \
             the build, and its owner may lower it.",
        )
        .parameters([id("module build", 8)])
        .body("application/json", &named("Change"), &[
            ("cancel", "Cancel the build", json!({ "state": "failed" })),
            ("background", "Build it when nothing else is to be built", json!({ "priority": -10 })),
        ])
        .answer(Answer::json(
            StatusCode::OK,
            "The build as it is then.",
            &named("ModuleBuildVerbose"),
            &cancelled,
        ))
        .answer(Answer::error(
            StatusCode::BAD_REQUEST,
            "The body is no JSON, asks for something else, or the build has ended already.",
            "To cancel a module build, it must be in one of the following states: build, init, wait",
        ))
        .answers([
            unauthorized(),
            too_many(),
            Answer::error(
                StatusCode::FORBIDDEN,
                "The user may not change this build, or not in this way.",
                "You are not owner of this build and therefore cannot modify it.",
            ),
            no_such("module"),
            Answer::error(
                StatusCode::CONFLICT,
                "The build changed meanwhile.",
                "the build is in another state; look at the build again",
            ),
        ])
        .answers(bad_transfer())
        .answers([internal(), not_reached()])
}
