//! Builds as the record shows them.

use std::collections::BTreeSet;

use modulemd::contexts::contexts;
use modulemd::read::read_stream;
use modulemd::stream::Dependencies;
use modulemd::yaml::Node;
use modulemd::{Limits, ModuleStream};
use serde_json::{Value, json};

use crate::world::Row;

fn plain(node: &Node) -> Value {
    match node {
        Node::Bool(value) => json!(value),
        Node::Text(text) => json!(text),
        Node::List(list) => list.iter().map(plain).collect(),
        Node::Map(map) => map.iter().map(|(key, node)| (key.clone(), plain(node))).collect(),
    }
}

fn block(block: &Dependencies) -> Value {
    json!({"buildrequires": block.buildrequires, "requires": block.requires})
}

fn build(row: &Row, base_modules: &[String]) -> Value {
    let document = &row.document;
    let mut other = document.xmd.as_map().cloned().unwrap_or_default();
    let mbs = other.remove("mbs").unwrap_or_default();
    let hashes = contexts(document, base_modules);
    json!({
        "name": document.name(),
        "stream": document.stream(),
        "version": document.version.to_string(),
        "context": document.context,
        "build_context": hashes.build_context,
        "build_context_no_bms": hashes.build_context_no_bms,
        "runtime_context": hashes.runtime_context,
        "dependencies": document.dependencies.iter().map(block).collect::<Vec<_>>(),
        "xmd_mbs": plain(&mbs),
        "xmd_other": plain(&Node::Map(other)),
        "mmd_context": document.context,
        "mmd_static_context": document.static_context,
    })
}

/// The recorded builds, each once, with what can be compared.
pub fn recorded(result: &Value) -> BTreeSet<String> {
    const FIELDS: [&str; 12] = [
        "name",
        "stream",
        "version",
        "context",
        "build_context",
        "build_context_no_bms",
        "runtime_context",
        "dependencies",
        "xmd_mbs",
        "xmd_other",
        "mmd_context",
        "mmd_static_context",
    ];
    let builds = result.as_array().expect("a list").iter();
    let fields =
        |build: &Value| FIELDS.iter().map(|field| ((*field).to_owned(), build[field].clone())).collect::<Value>();
    builds.map(|build| sorted(&fields(build))).collect()
}

/// Identities, hashes and what is built against: what two blocks that lead to one build have in common.
pub fn identities(builds: &BTreeSet<String>) -> BTreeSet<String> {
    let identity = |build: &String| {
        let mut build: Value = serde_json::from_str(build).expect("JSON");
        build["dependencies"] = Value::Null;
        sorted(&build)
    };
    builds.iter().map(identity).collect()
}

/// Our builds in the same form.
pub fn found(rows: &[Row], base_modules: &[String]) -> BTreeSet<String> {
    rows.iter().map(|row| sorted(&build(row, base_modules))).collect()
}

/// The first recorded document that is not the one that we write, read back.
pub fn document_that_differs(rows: &[Row], result: &Value) -> Option<String> {
    let limits = Limits::default();
    for build in result.as_array()? {
        let Some(text) = build["modulemd"].as_str() else { continue };
        let recorded = read_stream(text, &limits).expect("readable");
        let ours = rows.iter().find(|row| {
            let document = &row.document;
            document.version == recorded.version && document.context == recorded.context
        });
        let ours = read_stream(&ours?.document.to_yaml(), &limits).expect("readable");
        if without_repeated_names(ours.clone()) != without_repeated_names(recorded.clone()) {
            return Some(format!("{}\n--- recorded\n{}", ours.to_yaml(), recorded.to_yaml()));
        }
    }
    None
}

/// A component's name that only repeats its key is left out by libmodulemd.
fn without_repeated_names(mut document: ModuleStream) -> ModuleStream {
    for component in document.rpm_components.values_mut() {
        component.source_name = component.source_name.take().filter(|name| *name != component.name);
    }
    document
}

/// JSON with sorted keys, whatever order `serde_json` was built to keep.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().map(|(key, value)| format!("{key:?}:{}", sorted(value))).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}
