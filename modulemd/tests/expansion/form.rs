//! Documents in the form in which the record shows them.

use modulemd::ModuleStream;
use modulemd::stream::Dependencies;
use modulemd::yaml::Node;
use serde_json::{Value, json};

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

/// What the record holds of the document of a build.
pub fn document(document: &ModuleStream) -> Value {
    let mut other = document.xmd.as_map().cloned().unwrap_or_default();
    let mbs = other.remove("mbs").unwrap_or_default();
    json!({
        "dependencies": document.dependencies.iter().map(block).collect::<Vec<_>>(),
        "xmd_mbs": plain(&mbs),
        "xmd_other": plain(&Node::Map(other)),
        "mmd_context": document.context,
        "mmd_static_context": document.static_context,
    })
}

/// Whether two documents say the same. A component's name that only repeats its key is left out by libmodulemd.
pub fn are_alike(one: &ModuleStream, other: &ModuleStream) -> bool {
    let without_repeated_names = |document: &ModuleStream| {
        let mut document = document.clone();
        for component in document.rpm_components.values_mut() {
            component.source_name = component.source_name.take().filter(|name| *name != component.name);
        }
        document
    };
    without_repeated_names(one) == without_repeated_names(other)
}

/// JSON with sorted keys, whatever order `serde_json` was built to keep.
pub fn sorted(value: &Value) -> String {
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
