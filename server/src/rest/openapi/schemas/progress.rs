//! How far a build is.

use serde_json::{Value, json};

use crate::rest::openapi::schema::{integer, list, named, object, or_null, text, time};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![("Progress", progress()), ("ProgressEstimate", estimate()), ("ComponentProgress", component())]
}

fn progress() -> Value {
    object(
        "How far a module build is, at this moment.",
        [
            ("id", integer("Id of the module build.")),
            ("state", named("ModuleState")),
            ("state_name", named("ModuleStateName")),
            ("state_reason", or_null(text("Why it is in its state."))),
            ("batch", or_null(integer("Batch that is being built."))),
            ("time", time("When this was so.")),
            ("estimate", or_null(named("ProgressEstimate"))),
            ("components", list("Its components, in the order of their batches.", &named("ComponentProgress"))),
        ],
    )
}

fn estimate() -> Value {
    let names = json!({ "type": "string" });
    let seconds = json!({ "type": "integer", "format": "int64", "minimum": 0 });
    let mut known = seconds.clone();
    known["type"] = json!(["integer", "null"]);
    known["description"] =
        json!("Seconds until its last component is built; null if the history of some says nothing.");
    let mut at_least = seconds;
    at_least["description"] = json!("The same, if those of which nothing is known took no time.");
    object(
        "How long the components of a build still take, with all slots to themselves. Null before they are known and when it is over.",
        [
            ("seconds", known),
            ("at_least_seconds", at_least),
            ("unknown", list("Components of which nothing is known.", &names)),
            ("critical_path", list("Components that decide how long it takes, each waited for by the next.", &names)),
        ],
    )
}

fn component() -> Value {
    let seconds = |about: &str| json!({ "type": ["integer", "null"], "format": "int64", "description": about });
    object(
        "How far a component is.",
        [
            ("id", integer("Its id.")),
            ("package", text("Name of the source package.")),
            ("batch", or_null(integer("The batch it is built in, from 1."))),
            ("state", or_null(named("ComponentState"))),
            ("state_name", or_null(named("ComponentStateName"))),
            ("attempt", integer("How often it was handed to the build system.")),
            ("waits_for", or_null(named("ComponentWait"))),
            ("failure", or_null(named("ComponentFailure"))),
            ("retry", or_null(named("ComponentRetry"))),
            ("reuse", or_null(named("ReuseDecision"))),
            ("estimated_seconds", seconds("Seconds that its build is expected to take; null if nothing is known.")),
            ("elapsed_seconds", seconds("Seconds since it was started, while it is built.")),
            ("remaining_seconds", seconds("Seconds that it is expected to take from now on.")),
        ],
    )
}
