//! The corpus and its record.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use modulemd::ModuleStream;
use serde_json::{Map, Value, json};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The text of a file of the corpus.
pub fn data(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("the corpus is complete")
}

/// What libmodulemd reads, by file.
pub fn recorded() -> &'static Map<String, Value> {
    static RECORD: LazyLock<Map<String, Value>> =
        LazyLock::new(|| serde_json::from_str(&data("read_by_libmodulemd.json")).expect("the record is JSON"));
    &RECORD
}

/// All files of the corpus.
pub fn file_names() -> Vec<String> {
    recorded().keys().cloned().collect()
}

/// JSON with sorted keys, whatever order `serde_json` was built to keep.
pub fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let members: BTreeSet<String> =
                map.iter().map(|(key, value)| format!("{key:?}:{}", sorted(value))).collect();
            format!("{{{}}}", members.into_iter().collect::<Vec<_>>().join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// The stream in the form of the record. libmodulemd kept version 1 streams as they are there, where the record has no
/// dependencies and no static context, and tells missing build options from empty ones.
pub fn as_recorded(stream: &ModuleStream, expected: &BTreeSet<String>) -> Value {
    let mut value = current_form(stream);
    if !expected.contains(&sorted(&value)) && stream.buildopts == modulemd::stream::BuildOptions::default() {
        value["buildopts"] = Value::Null;
    }
    if !expected.contains(&sorted(&value)) {
        value["mdversion"] = json!(1);
        value["dependencies"] = Value::Null;
        value["static_context"] = Value::Null;
    }
    if expected.contains(&sorted(&value)) { value } else { current_form(stream) }
}

fn current_form(stream: &ModuleStream) -> Value {
    json!({
        "name": stream.name,
        "stream": stream.stream,
        "version": stream.version,
        "context": stream.context,
        "static_context": stream.static_context,
        "arch": stream.arch,
        "mdversion": 2,
        "summary": stream.summary,
        "licenses": stream.module_licenses,
        "dependencies": stream.dependencies.iter().map(|block| json!({
            "buildrequires": block.buildrequires,
            "requires": block.requires,
        })).collect::<Vec<_>>(),
        "profiles": stream.profiles.iter().map(|(name, profile)| (name.clone(), json!(profile.rpms))).collect::<Map<_, _>>(),
        "api": stream.api_rpms,
        "filter": stream.filter_rpms,
        "buildopts": {
            "macros": stream.buildopts.rpm_macros,
            "whitelist": stream.buildopts.rpm_whitelist,
            "arches": stream.buildopts.arches,
        },
        "rpms": rpms(stream),
        "modules": stream.module_components.iter().map(|(name, component)| (name.clone(), json!({
            "repository": component.repository,
            "ref": component.reference,
            "buildorder": component.buildorder,
        }))).collect::<Map<_, _>>(),
        "artifacts": stream.rpm_artifacts.len(),
    })
}

fn rpms(stream: &ModuleStream) -> Map<String, Value> {
    let form = |component: &modulemd::stream::RpmComponent| {
        json!({
            "name": component.source_name.as_ref().unwrap_or(&component.name),
            "repository": component.repository,
            "cache": component.cache,
            "ref": component.reference,
            "buildonly": component.buildonly,
            "buildroot": component.buildroot,
            "srpm_buildroot": component.srpm_buildroot,
            "buildorder": component.buildorder,
            "buildafter": component.buildafter,
            "arches": component.arches,
            "multilib": component.multilib,
        })
    };
    stream.rpm_components.iter().map(|(name, component)| (name.clone(), form(component))).collect()
}
