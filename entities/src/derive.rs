//! Columns derived from the document when a row is written, so that reading never parses YAML.

use modulemd::ModuleStream;
use modulemd::yaml::Node;
use serde_json::{Map, Value};

/// `xmd.mbs.buildrequires` as a JSON object; `{}` where there is none.
pub fn buildrequires(document: &ModuleStream) -> Value {
    let found = document.mbs().and_then(|mbs| mbs.get("buildrequires"));
    match found.map(json) {
        Some(object @ Value::Object(_)) => object,
        _ => Value::Object(Map::new()),
    }
}

/// A YAML value as JSON; every scalar but a boolean is a string.
pub fn json(node: &Node) -> Value {
    match node {
        Node::Bool(truth) => Value::Bool(*truth),
        Node::Text(text) => Value::String(text.clone()),
        Node::List(list) => list.iter().map(json).collect(),
        Node::Map(map) => Value::Object(map.iter().map(|(key, value)| (key.clone(), json(value))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_without_xmd_has_no_buildrequires() {
        assert_eq!(buildrequires(&ModuleStream::default()), serde_json::json!({}));
    }
}
