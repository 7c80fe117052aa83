//! Filters of lists, made from the columns that the handlers filter by.

use entities::{ComponentState, ModuleState};
use serde_json::{Value, json};

use super::parameters::{query, repeated};
use super::schema::choice;
use crate::rest::query::{
    BASE_MODULE_BOUNDS, BASE_MODULE_PARTS, COMPONENT_BUILD_COLUMNS, Kind, MODULE_BUILD_COLUMNS, time_bounds,
};

/// What a column means where its name does not say it.
pub const MEANINGS: &[(&str, &str)] = &[
    ("name", "Name of the module."),
    ("stream", "Stream of the module."),
    ("version", "Version of the module, a number of up to 64 bits."),
    ("context", "Context: what tells builds of one name, stream and version apart."),
    ("build_context", "SHA-1 over the streams of all buildrequires."),
    ("build_context_no_bms", "SHA-1 over the streams of all buildrequires but base modules."),
    ("runtime_context", "SHA-1 over the streams of all requires."),
    ("state_reason", "The whole sentence that says why it is in its state."),
    ("modulemd", "The whole document, byte by byte."),
    ("koji_tag", "Tag under which the build system keeps the build."),
    ("cg_build_koji_tag", "Tag of the content generator build in Koji."),
    ("scmurl", "Where it came from, `URL?#COMMIT`."),
    ("scratch", "Whether it is a scratch build, which is never published."),
    ("srpms", "Source packages of a scratch build, as the JSON list that is stored."),
    ("owner", "Who submitted it."),
    ("new_repo_task_id", "Task of the latest regeneration of the repository."),
    ("rebuild_strategy", "How much of it is built again when it changes."),
    ("reused_module_id", "Id of the build whose components it took over."),
    ("batch", "Number of a batch; 1 is `module-build-macros`."),
    ("stream_version", "Version of the stream of a base module: `f27.0.1` is 270001."),
    ("package", "Name of the source package."),
    ("format", "Kind of component; always `rpms`."),
    ("task_id", "Task of the build system."),
    ("ref", "Commit that it is built from."),
    ("nvr", "Name, version and release of what was built."),
    ("tagged", "Whether it is in the buildroot of the components after it."),
    ("tagged_in_final", "Whether it is in the published repository."),
    ("build_time_only", "Whether it is never published, such as `module-build-macros`."),
    ("buildonly", "`buildonly` of the document."),
    ("module_id", "Id of the module build. `module_build` wins over it."),
    ("reused_component_id", "Id of the component whose packages it took over."),
    ("weight", "Heavier components are started first."),
];

fn columns<C>(columns: &[(&'static str, C, Kind)]) -> Vec<Value> {
    columns.iter().filter_map(|(name, _, kind)| column(name, *kind)).collect()
}

fn column(name: &str, kind: Kind) -> Option<Value> {
    let (kind_of, schema) = match kind {
        Kind::Number | Kind::Time => return None,
        Kind::Text | Kind::Version => ("Matches the whole text.", json!({ "type": "string" })),
        Kind::Integer => {
            ("400 for what is no whole number of 64 bits.", json!({ "type": "integer", "format": "int64" }))
        }
        Kind::Float => ("400 for what is no number.", json!({ "type": "number" })),
        Kind::Boolean => (
            "`true` or `false`, also as `1`, `yes`, `on` and the like; 400 for the rest.",
            json!({ "type": "boolean" }),
        ),
        Kind::Switch => ("`true` or `1` is true, the rest is false.", json!({ "type": "boolean" })),
    };
    let meaning = MEANINGS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning);
    let about =
        meaning.map_or_else(|| format!("Items with this `{name}`. {kind_of}"), |text| format!("{text} {kind_of}"));
    Some(query(name, &about, &schema))
}

/// Names that a list of module builds can be ordered by.
pub fn module_build_orders() -> Vec<&'static str> {
    MODULE_BUILD_COLUMNS.iter().map(|(name, _, _)| *name).collect()
}

/// Names that a list of components can be ordered by.
pub fn component_build_orders() -> Vec<&'static str> {
    COMPONENT_BUILD_COLUMNS.iter().map(|(name, _, _)| *name).collect()
}

/// Filters of module builds.
pub fn module_builds() -> Vec<Value> {
    let states = ModuleState::ALL.map(|state| (state.name(), state.number()));
    let mut all = vec![
        state(&states, "400 for another name; no build is in a state with another number."),
        nsvc(
            "nsvc",
            "`NAME:STREAM:VERSION:CONTEXT`; parts at the end may be missing. Wins over `name`, `stream`, `version` and `context`.",
            "platform:f28",
        ),
    ];
    all.extend(columns(&MODULE_BUILD_COLUMNS));
    all.extend(times());
    all.push(repeated(
        "virtual_stream",
        "Base modules with any of these virtual streams.",
        &json!({ "type": "string" }),
    ));
    all.push(query(
        "stream_version_lte",
        "Base modules of the same major version up to this stream version: 280102 finds 280000 to 280102.",
        &json!({ "type": "number", "minimum": 10000 }),
    ));
    all.extend(base_modules());
    all.push(query(
        "rpm",
        "Builds that contain this RPM. Only Koji knows, and it cannot be asked yet: 503 on Koji, 400 on other build systems.",
        &json!({ "type": "string" }),
    ));
    all
}

/// Filters of components.
pub fn component_builds() -> Vec<Value> {
    let states = ComponentState::ALL.map(|state| (state.name().unwrap_or_default(), state.number()));
    let mut all = vec![
        state(&states, "Names in any case. 400 for another name."),
        query(
            "module_build",
            "Components of the module build with this id. 400 for what is no whole number.",
            &json!({ "type": "integer", "format": "int64" }),
        ),
    ];
    all.extend(columns(&COMPONENT_BUILD_COLUMNS));
    all
}

fn state(states: &[(&str, i32)], about: &str) -> Value {
    let names = states.iter().map(|(name, _)| (*name).to_owned());
    let numbers = states.iter().map(|(_, number)| number.to_string());
    let one = choice("Name or number of a state.", names.chain(numbers));
    repeated("state", &format!("In any of these states, by name or number. {about}"), &one)
}

fn nsvc(name: &str, about: &str, example: &str) -> Value {
    let mut parameter = query(name, about, &json!({ "type": "string" }));
    parameter["example"] = json!(example);
    parameter
}

fn times() -> Vec<Value> {
    time_bounds().map(|(name, item, is_upper)| time(&name, item, is_upper)).collect()
}

fn time(name: &str, item: &str, is_upper: bool) -> Value {
    let bound = if is_upper { "until" } else { "since" };
    let about = format!(
        "Builds that were {item} {bound} then, inclusive. A time in UTC; its zone may be missing, a fraction of a second is left \
         out. 400 for what is no such time."
    );
    let pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]00(:00)?)?$";
    let mut parameter = query(name, &about, &json!({ "type": "string", "pattern": pattern }));
    parameter["example"] = json!("2019-03-01T12:00:00Z");
    parameter
}

fn base_modules() -> Vec<Value> {
    let mut whole = nsvc(
        "base_module_br",
        "Builds that were built against this base module, `NAME:STREAM:VERSION:CONTEXT`; 400 for another shape.",
        "platform:f28:3:00000000",
    );
    whole["schema"]["pattern"] = json!("^[^:]*:[^:]*:[^:]*:[^:]*$");
    let mut all = vec![whole];
    for (name, _, kind) in BASE_MODULE_PARTS {
        let part = name.trim_start_matches("base_module_br_");
        let schema = if kind == Kind::Float { json!({ "type": "number" }) } else { json!({ "type": "string" }) };
        all.push(query(name, &format!("Builds that were built against a base module with this `{part}`."), &schema));
    }
    for (name, bound) in BASE_MODULE_BOUNDS {
        let about = format!("Builds that were built against a base module of {bound} this `stream_version`.");
        all.push(query(name, &about, &json!({ "type": "number" })));
    }
    all
}
