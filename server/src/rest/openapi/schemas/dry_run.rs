//! What a submission would do.

use modulemd::submission::explain::{Context, Reason, Rule};
use serde_json::{Value, json};

use crate::rest::openapi::schema::{boolean, choice, integer, list, map, named, named_about, object, or_null, text};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("DryRun", dry_run()),
        ("PlannedBuild", build()),
        ("PlannedBatch", batch()),
        ("PlannedComponent", component()),
        ("Explanation", explanation()),
    ]
}

fn dry_run() -> Value {
    object(
        "What a submission would do.",
        [
            ("dry_run", json!({ "type": "boolean", "const": true, "description": "Nothing was written." })),
            ("would_answer", json!({ "type": "integer", "const": 201, "description": "Status of the submission." })),
            (
                "builds",
                list("Builds in the order in which the submission would answer with them.", &named("PlannedBuild")),
            ),
        ],
    )
}

fn build() -> Value {
    let existing = object(
        "The build, if it is there.",
        [("id", integer("Its id.")), ("state", named("ModuleState")), ("state_name", named("ModuleStateName"))],
    );
    let what = [
        "`create` it",
        "`resume` one that failed",
        "do `nothing`, since it exists and other combinations of streams are new",
    ];
    object(
        "A build that would be made, or that is there.",
        [
            ("name", text("Name.")),
            ("stream", text("Stream.")),
            ("version", text("Version; that of a document without one is the time of the submission.")),
            ("context", text("Context, with the number of a scratch build.")),
            ("scratch", boolean("Whether it is a scratch build.")),
            ("would", choice(&format!("What would be done: {}.", what.join(", ")), ["create", "resume", "nothing"])),
            ("existing", or_null(existing)),
            ("build_context", or_null(text("SHA-1 over the streams of all buildrequires, in hexadecimal."))),
            ("build_context_no_bms", or_null(text("The same without base modules."))),
            ("runtime_context", or_null(text("SHA-1 over the streams of all requires, in hexadecimal."))),
            ("buildrequires", map("Modules that it is built with, by name.", &named("BuildRequirement"))),
            ("rebuild_strategy", text("How much of it is built again when it changes.")),
            ("arches", list("Architectures it is built for, by name.", &json!({ "type": "string" }))),
            ("batches", list("Its components in the order in which they are built.", &named("PlannedBatch"))),
            ("explanation", named("Explanation")),
            (
                "problems",
                list("Why it would fail right after its submission, in sentences.", &json!({ "type": "string" })),
            ),
            (
                "notices",
                list(
                    "What a new build would have in its log from the start: what was passed over in the document, and what could \
                     not be found out.",
                    &json!({ "type": "string" }),
                ),
            ),
            ("reuse", reuse()),
        ],
    )
}

fn explanation() -> Value {
    object(
        "Why it is built against what it is. Rules have names for programs, and sentences for people.",
        [
            (
                "context",
                object(
                    "Where its context comes from; a scratch build adds its number.",
                    [("rule", choice("The rule.", Context::NAMES)), ("reason", text("What it says here."))],
                ),
            ),
            (
                "against",
                list("What it is built against, by module name.", &module("What decided the stream", Rule::NAMES)),
            ),
            (
                "left_out",
                list(
                    "What was not taken of the modules that it buildrequires: other streams with their newest builds, and newer \
                     builds of the stream that was taken.",
                    &module("Why it was not taken", Reason::NAMES),
                ),
            ),
        ],
    )
}

fn module<const N: usize>(about: &str, names: [&str; N]) -> Value {
    object(
        "A build of a module.",
        [
            ("name", text("Name.")),
            ("stream", text("Stream.")),
            ("version", text("Version.")),
            ("context", text("Context.")),
            ("rule", choice(&format!("{about}, for programs."), names)),
            ("reason", text(&format!("{about}, in words."))),
        ],
    )
}

fn reuse() -> Value {
    object(
        "Whether components would be taken over from another build, as far as it is known. It is decided when the build gets its \
         buildroot.",
        [
            ("module", or_null(integer("Id of the build that components would be taken from."))),
            ("reason", text("Why it is that.")),
        ],
    )
}

fn batch() -> Value {
    object(
        "Components that are built at the same time.",
        [
            ("batch", integer("Its number; 1 is `module-build-macros`, which the service adds.")),
            ("components", list("Its components.", &named("PlannedComponent"))),
        ],
    )
}

fn component() -> Value {
    let existing = object(
        "The component, if the build is there.",
        [
            ("id", integer("Its id.")),
            ("state", or_null(named("ComponentState"))),
            ("state_name", or_null(named("ComponentStateName"))),
        ],
    );
    object(
        "A component.",
        [
            ("package", text("Name of the source package.")),
            ("repository", or_null(text("Where its source is."))),
            ("ref", or_null(text("Branch, tag or commit; becomes a commit after the submission."))),
            ("buildorder", or_null(json!({ "type": "integer", "description": "As the document says." }))),
            ("buildonly", boolean("Whether it is not part of the result.")),
            ("arches", list("Architectures it is built for, by name.", &json!({ "type": "string" }))),
            (
                "commit",
                or_null(text("The commit that it would be built from, where that decides whether it is taken over.")),
            ),
            (
                "reuse",
                or_null(named_about(
                    "ReuseDecision",
                    "Whether it would be taken over from an earlier build, and why (not). Null where that is not known.",
                )),
            ),
            ("existing", or_null(existing)),
        ],
    )
}
