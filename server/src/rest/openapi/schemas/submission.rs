//! What is submitted, and what is asked of a build.

use serde_json::{Map, Value, json};

use crate::rest::openapi::schema::{boolean, choice, list, map, text};
use crate::rest::rebuild_strategies::STRATEGIES;
use crate::service::cancel::WANTED;
use crate::service::params::KNOWN;

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![("Submission", submission()), ("SubmissionForm", form()), ("Change", change()), ("Retry", retry())]
}

fn submission() -> Value {
    let parameters: Map<_, _> = KNOWN.iter().map(|name| ((*name).to_owned(), parameter(name))).collect();
    json!({
        "type": "object",
        "description": "A module to be built: either `scmurl` and `branch`, or `modulemd`. A parameter that is not listed is \
                        refused with 400; in `scmurl`, `branch` and `modulemd` null is as good as none.",
        "properties": parameters,
        "anyOf": [
            { "required": ["scmurl", "branch"] },
            { "required": ["modulemd"] },
        ],
        "additionalProperties": false,
    })
}

/// A parameter of [`KNOWN`].
pub fn parameter(name: &str) -> Value {
    let streams = |what: &str| {
        let about = format!("Streams of {what} that replace those of the document: `{{\"platform\": [\"f41\"]}}`.");
        map(&about, &json!({ "type": "array", "items": { "type": "string" } }))
    };
    let strategies = STRATEGIES.map(|(name, _)| name);
    match name {
        "scmurl" => nullable(
            "Repository and commit of the document, `URL?[folder]#COMMIT`. 403 unless the option `SCMURLS` allows it.",
        ),
        "branch" => nullable("Branch that the commit is on. The stream is named after it."),
        "modulemd" => {
            nullable("The document itself. 403 unless the option `YAML_SUBMIT_ALLOWED` is on or it is a scratch build.")
        }
        "module_name" => text("With `modulemd`: name of a module whose document does not say it."),
        "module_stream" => text("With `modulemd`: its stream."),
        "scratch" => boolean(
            "A build that ends as `done` and is never published. 403 unless the option `MODULES_ALLOW_SCRATCH` is on.",
        ),
        "srpms" => list(
            "Source packages that replace components of a scratch build. 403 for other builds.",
            &json!({ "type": "string" }),
        ),
        "buildrequire_overrides" => streams("buildrequires"),
        "require_overrides" => streams("requires"),
        "rpm_component_ref_overrides" => map(
            "Branches or commits to build components from: `{\"libuv\": \"rawhide\"}`.",
            &json!({ "type": "string" }),
        ),
        "rebuild_strategy" => choice(
            "How much is built again. 400 unless the options allow to choose it: `GET …/rebuild-strategies/` says so.",
            strategies,
        ),
        "reuse_components_from" => json!({
            "description": "Id or `NAME:STREAM:VERSION:CONTEXT` of a `ready` build whose components may be taken over.",
            "anyOf": [{ "type": "integer", "format": "int32" }, { "type": "string" }],
        }),
        "side_tag" => text("Side tag of the build system to build in."),
        "owner" => text("In whose name. 400 unless the option `NO_AUTH` is on."),
        other => json!({ "description": format!("The parameter `{other}`.") }),
    }
}

fn nullable(about: &str) -> Value {
    crate::rest::openapi::schema::or_null(text(about))
}

/// Fields of a form are texts, so it has no parameters that are lists or objects.
fn form() -> Value {
    let mut fields = Map::new();
    fields.insert(
        "yaml".to_owned(),
        json!({
            "type": "string",
            "format": "binary",
            "description": "The document, as a file. Its name names a module whose document does not say it.",
        }),
    );
    for name in KNOWN.into_iter().filter(|name| !matches!(*name, "scmurl" | "branch" | "modulemd")) {
        let schema = parameter(name);
        if schema["type"] == "string" || name == "scratch" {
            fields.insert(name.to_owned(), schema);
        }
    }
    json!({
        "type": "object",
        "description": "A document with its parameters.",
        "properties": fields,
        "required": ["yaml"],
    })
}

fn change() -> Value {
    json!({
        "type": "object",
        "description": "What is to become of a build.",
        "properties": {
            "state": choice("`failed` (or its number, as text) cancels the build; nothing else can be asked for.", WANTED),
            "owner": text("In whose name. 400 unless the option `NO_AUTH` is on."),
        },
        "required": ["state"],
    })
}

fn retry() -> Value {
    json!({
        "type": "object",
        "description": "Which components are tried again.",
        "properties": {
            "components": {
                "type": ["array", "null"],
                "description": "Names of components that failed; without it, all that did.",
                "items": { "type": "string" },
                "minItems": 1,
            },
            "owner": text("In whose name; only where `NO_AUTH` is set."),
        },
        "additionalProperties": false,
    })
}
