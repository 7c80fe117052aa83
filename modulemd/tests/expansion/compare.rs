//! Builds as the record shows them.

use std::collections::BTreeSet;

use modulemd::Limits;
use modulemd::contexts::contexts;
use modulemd::read::read_stream;
use serde_json::{Value, json};

use crate::form::{self, sorted};
use crate::world::Row;

fn build(row: &Row, base_modules: &[String]) -> Value {
    let document = &row.document;
    let hashes = contexts(document, base_modules);
    let mut build = form::document(document);
    for (key, value) in [
        ("name", json!(document.name())),
        ("stream", json!(document.stream())),
        ("version", json!(document.version.to_string())),
        ("context", json!(document.context)),
        ("build_context", json!(hashes.build_context)),
        ("build_context_no_bms", json!(hashes.build_context_no_bms)),
        ("runtime_context", json!(hashes.runtime_context)),
    ] {
        build[key] = value;
    }
    build
}

/// Fields of a recorded build that are compared.
pub const FIELDS: [&str; 12] = [
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

/// The recorded builds, each once, with what can be compared.
pub fn recorded(result: &Value) -> BTreeSet<String> {
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
        if !form::are_alike(&ours, &recorded) {
            return Some(format!("{}\n--- recorded\n{}", ours.to_yaml(), recorded.to_yaml()));
        }
    }
    None
}
