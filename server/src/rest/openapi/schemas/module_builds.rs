//! Module builds, in the three forms in which they are shown.

use entities::ModuleState;
use serde_json::{Value, json};

use crate::rest::openapi::schema::{
    boolean, choice, integer, list, map, named, named_about, number, object, or_null, text, time,
};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("ModuleState", state()),
        ("ModuleStateName", choice("Name of a state of a module build.", ModuleState::ALL.map(ModuleState::name))),
        ("ModuleStateChange", state_change()),
        ("ModuleBuildShort", short()),
        ("ModuleBuild", plain()),
        ("ModuleBuildVerbose", verbose()),
        ("BaseModule", base_module()),
        ("BuildRequirement", build_requirement()),
        ("Task", task()),
    ]
}

fn state() -> Value {
    let names: Vec<_> = ModuleState::ALL.iter().map(|state| format!("{} {}", state.number(), state.name())).collect();
    let mut schema = integer(&format!("Number of a state of a module build: {}.", names.join(", ")));
    schema["enum"] = json!(ModuleState::ALL.map(ModuleState::number));
    schema
}

fn state_change() -> Value {
    object(
        "A state that was entered.",
        [
            ("time", time("When.")),
            ("state", or_null(named("ModuleState"))),
            ("state_name", or_null(named("ModuleStateName"))),
            ("reason", or_null(text("Why, if there is something to say."))),
        ],
    )
}

/// A build in any of its forms.
pub fn any_build() -> Value {
    let forms = ["ModuleBuild", "ModuleBuildVerbose", "ModuleBuildShort"].map(named);
    json!({ "anyOf": forms })
}

/// A build with `short`.
pub fn short() -> Value {
    object("What identifies a module build: the answer to `short=true`.", short_members())
}

fn short_members() -> Vec<(&'static str, Value)> {
    vec![
        ("id", integer("Id; counts up.")),
        ("state", named("ModuleState")),
        ("state_name", named("ModuleStateName")),
        ("stream", text("Stream.")),
        ("version", text("Version: a number of up to 64 bits, written as text.")),
        ("name", text("Name.")),
        ("context", text("Context.")),
        ("scratch", or_null(boolean("Whether it is a scratch build, which is never published. Null is no."))),
    ]
}

/// A build without `verbose` or `short`.
pub fn plain() -> Value {
    object("A module build.", plain_members())
}

fn plain_members() -> Vec<(&'static str, Value)> {
    let strategy = text("How much of it is built again when it changes: `all`, `changed-and-after` or `only-changed`.");
    let tasks = map("Components of a format by the name of their source package.", &named("Task"));
    let mut members = short_members();
    members.extend([
        ("batch", or_null(integer("Batch that is being built: 0 before the first, 1 is `module-build-macros`."))),
        (
            "component_builds",
            list("Ids of its components, in no order.", &json!({ "type": "integer", "format": "int32" })),
        ),
        ("koji_tag", or_null(text("Tag under which the build system keeps it; null until it leaves `wait`."))),
        ("owner", text("Who submitted it.")),
        ("new_repo_task_id", or_null(integer("Task of the latest regeneration of its repository."))),
        ("rebuild_strategy", strategy),
        (
            "scmurl",
            or_null(text(
                "Where its document came from, `URL?#COMMIT`; null for a document that was submitted itself.",
            )),
        ),
        ("srpms", list("Source packages that replace components of a scratch build.", &json!({ "type": "string" }))),
        (
            "siblings",
            list(
                "Ids of the other contexts of the same name, stream and version, in no order.",
                &json!({ "type": "integer", "format": "int32" }),
            ),
        ),
        (
            "state_reason",
            or_null(text("Why it is in its state. For a failed build it says which component failed and why.")),
        ),
        ("time_completed", or_null(time("When it became `done` or `failed`."))),
        ("time_modified", or_null(time("When it changed last."))),
        ("time_submitted", time("When it was submitted.")),
        ("buildrequires", map("Modules that it was built with, by name.", &named("BuildRequirement"))),
        ("tasks", map("Its components by format, which is always `rpms`; empty before there are any.", &tasks)),
    ]);
    members
}

/// A build as the message bus knows it.
pub fn without_tasks() -> Value {
    let members = plain_members().into_iter().filter(|(name, _)| *name != "tasks");
    object("A module build without its tasks.", members)
}

/// A build with `verbose`.
pub fn verbose() -> Value {
    let mut members = plain_members();
    members.extend([
        ("arches", list("Architectures it is built for, by name.", &json!({ "type": "string" }))),
        ("base_module_buildrequires", list("Base modules it was built against, in no order.", &named("BaseModule"))),
        ("build_context", or_null(text("SHA-1 over the streams of all buildrequires, in hexadecimal."))),
        ("build_context_no_bms", or_null(text("The same without base modules."))),
        ("modulemd", text("The document, YAML.")),
        ("priority", integer("Builds with a higher one are given slots first. Missing where it is 0, as usual.")),
        ("reused_module_id", or_null(integer("Id of the build whose components it took over."))),
        ("runtime_context", or_null(text("SHA-1 over the streams of all requires, in hexadecimal."))),
        ("state_trace", list("States it was in, the first one first.", &named("ModuleStateChange"))),
        ("state_url", text("Path of this build, as clients see it.")),
        ("stream_version", or_null(number("Base modules only: version of the stream, `f27.0.1` is 270001."))),
        (
            "virtual_streams",
            list("Other names of the stream of a base module, in no order.", &json!({ "type": "string" })),
        ),
    ]);
    let mut build = object(
        "A module build with everything about it: the answer to `verbose=true`, and to what changes a build.",
        members,
    );
    if let Some(required) = build["required"].as_array_mut() {
        required.retain(|name| name != "priority");
    }
    build
}

fn base_module() -> Value {
    object(
        "A base module that a build was built against.",
        [
            ("id", integer("Its id as a module build.")),
            ("state", named("ModuleState")),
            ("state_name", or_null(named("ModuleStateName"))),
            ("stream", text("Stream.")),
            ("version", text("Version.")),
            ("name", text("Name, mostly `platform`.")),
            ("context", text("Context.")),
            ("stream_version", or_null(number("`f27.0.1` is 270001."))),
        ],
    )
}

fn build_requirement() -> Value {
    json!({
        "type": "object",
        "description": "A module that a build was built with, as its document says in `xmd.mbs.buildrequires`.",
        "properties": {
            "stream": text("Stream."),
            "version": text("Version."),
            "context": text("Context."),
            "ref": text("Commit of the module; `virtual` for one that was imported."),
            "koji_tag": text("Tag under which the build system keeps it."),
            "filtered_rpms": list("Packages of it that are not used, `name-epoch:version-release`.", &json!({ "type": "string" })),
        },
        // Documents may say more about it, e.g. `ursine_rpms`.
        "additionalProperties": true,
    })
}

fn task() -> Value {
    object(
        "A component, as shown within its module build.",
        [
            ("task_id", or_null(integer("Task of the build system."))),
            ("state", or_null(named_about("ComponentState", "Null before it is started."))),
            ("state_reason", or_null(text("Why it is in that state."))),
            ("nvr", or_null(text("Name, version and release, once it is known."))),
        ],
    )
}
