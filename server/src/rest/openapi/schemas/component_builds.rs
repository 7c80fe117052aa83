//! Components.

use builders::{FailureKind, Phase};
use entities::ComponentState;
use serde_json::{Value, json};

use crate::rest::openapi::schema::{choice, integer, list, named, object, or_null, text, time};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let names = ComponentState::ALL.map(ComponentState::name);
    vec![
        ("ComponentState", state()),
        ("ComponentStateName", choice("Name of a state of a component.", names)),
        ("ComponentStateChange", state_change()),
        ("ComponentBuild", component_build()),
        ("ReuseDecision", reuse_decision()),
        ("ComponentFailure", failure()),
        ("ComponentRetry", retry()),
        ("ComponentWait", wait()),
    ]
}

fn reuse_decision() -> Value {
    object(
        "With `extended`: whether the packages of an earlier build were taken over, and why (not); null until that is decided.",
        [
            ("reused", json!({"type": "boolean", "description": "Taken over; otherwise it is built."})),
            ("rule", text("The rule that decided; docs/REUSE.md lists them.")),
            ("before", or_null(text("What the rule compared: the value in the earlier build."))),
            ("now", or_null(text("The value now."))),
            ("component", or_null(text("Another component, because of which it is built."))),
            ("module", or_null(text("The earlier build, as `name:stream:version:context`."))),
            ("reason", text("The same as a sentence.")),
        ],
    )
}

fn failure() -> Value {
    let verdict = "Who has to act: the packager (`user`), the operator (`infra`), the packager, because something that it needs is \
                   missing or failed (`dependency`), or it took longer than allowed (`timeout`).";
    object(
        "Why a component failed, was not built, or is tried again.",
        [
            ("verdict", choice(verdict, FailureKind::ALL.map(FailureKind::name))),
            (
                "phase",
                or_null(choice(
                    "Where in its build it was; `system` is around it. Null where it was not built.",
                    Phase::ALL.map(Phase::name),
                )),
            ),
            ("message", or_null(text("The first real error line of its log, or what went wrong otherwise."))),
            ("log_line", or_null(integer("The line of its log that the message stands in, from 1."))),
        ],
    )
}

fn retry() -> Value {
    object(
        "A retry after trouble of the build system.",
        [
            ("number", integer("Which it is, from 1.")),
            ("of", integer("How many there may be (option `MAX_RETRIES`).")),
            ("at", or_null(time("When it is due; null once it was begun."))),
        ],
    )
}

fn wait() -> Value {
    let kinds = ["validation", "buildroot", "components", "repository", "slot", "build-system", "retry", "failed"];
    object(
        "What a component that is not over waits for.",
        [
            (
                "for",
                choice(
                    "`build-system`: it is being built. `slot`: it could start, and other components are being built. `failed`: it \
                     will not be built, because others failed.",
                    kinds,
                ),
            ),
            (
                "components",
                list("The components that it waits for, or that failed; 20 at most.", &json!({ "type": "string" })),
            ),
            ("until", or_null(time("When it is tried again. Once that is past it may wait for a slot, too."))),
            ("reason", text("The same as a sentence.")),
        ],
    )
}

fn state() -> Value {
    let states = ComponentState::ALL.iter();
    let names: Vec<_> =
        states.map(|state| format!("{} {}", state.number(), state.name().unwrap_or_default())).collect();
    integer(&format!(
        "Number of a state of a component: {}. Databases of the Python service hold a few more, which have no name.",
        names.join(", ")
    ))
}

fn state_change() -> Value {
    object(
        "A state that was entered.",
        [
            ("time", time("When.")),
            ("state", or_null(named("ComponentState"))),
            ("state_name", or_null(named("ComponentStateName"))),
            ("reason", or_null(text("Why, if there is something to say."))),
        ],
    )
}

/// Members that `verbose` adds.
const VERBOSE: [&str; 3] = ["batch", "state_trace", "state_url"];
/// Members that `extended` adds.
const EXTENDED: [&str; 9] = [
    "attempt",
    "time_started",
    "time_finished",
    "log_url",
    "reuse",
    "failure",
    "retry",
    "waits_for",
    "estimated_seconds",
];

/// A component in all its forms.
pub fn component_build() -> Value {
    let mut schema = object("A component of a module build.", members());
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| !VERBOSE.iter().chain(&EXTENDED).any(|more| name == more));
    }
    // Members that are added together.
    schema["dependentRequired"] = json!({});
    for group in [&VERBOSE[..], &EXTENDED] {
        for name in group {
            schema["dependentRequired"][*name] = json!(group);
        }
    }
    schema
}

/// The same without `verbose` and `extended`, for an example.
pub fn plain() -> Value {
    let members = members().into_iter().filter(|(name, _)| !VERBOSE.contains(name) && !EXTENDED.contains(name));
    object("", members)
}

fn members() -> Vec<(&'static str, Value)> {
    vec![
        ("id", integer("Id; counts up.")),
        ("package", text("Name of the source package.")),
        ("format", text("Kind of component; always `rpms`.")),
        ("task_id", or_null(integer("Task of the build system."))),
        ("state", or_null(named("ComponentState"))),
        ("state_name", or_null(named("ComponentStateName"))),
        ("state_reason", or_null(text("Why it is in that state."))),
        ("module_build", integer("Id of the module build it belongs to.")),
        ("nvr", or_null(text("Name, version and release, once it is known."))),
        ("batch", or_null(integer("With `verbose`: the batch it is built in, from 1."))),
        ("state_trace", list("With `verbose`: states it was in, the first one first.", &named("ComponentStateChange"))),
        ("state_url", text("With `verbose`: path of this component, as clients see it.")),
        ("attempt", integer("With `extended`: how often it was handed to the build system.")),
        ("time_started", or_null(time("With `extended`: when its build started."))),
        ("time_finished", or_null(time("With `extended`: when its build ended."))),
        ("log_url", text("With `extended`: path of its log, as clients see it.")),
        ("reuse", or_null(named("ReuseDecision"))),
        ("failure", or_null(named("ComponentFailure"))),
        ("retry", or_null(named("ComponentRetry"))),
        ("waits_for", or_null(named("ComponentWait"))),
        (
            "estimated_seconds",
            or_null(integer("With `extended`: seconds that its build is expected to take, from its history.")),
        ),
    ]
}
