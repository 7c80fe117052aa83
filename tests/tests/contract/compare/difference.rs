//! The first difference of two values.

use std::collections::BTreeSet;

use modulemd::Limits;
use modulemd::yaml::{Spanned, parse};
use serde_json::{Value, json};

/// Says where the values differ first, if they do. Members named `modulemd` are compared as documents.
pub fn first_difference(path: &str, theirs: &Value, ours: &Value) -> Result<(), String> {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            keys.into_iter().try_for_each(|key| match (a.get(key), b.get(key)) {
                (Some(theirs), Some(ours)) => first_difference(&format!("{path}.{key}"), theirs, ours),
                (None, _) => Err(format!("{path}.{key} is only in ours")),
                (_, None) => Err(format!("{path}.{key} is missing")),
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.try_for_each(|(index, (a, b))| first_difference(&format!("{path}[{index}]"), a, b))
        }
        (theirs, ours) if theirs == ours => Ok(()),
        (Value::String(theirs), Value::String(ours)) if path.ends_with(".modulemd") => {
            same_document(path, theirs, ours)
        }
        (theirs, ours) => Err(format!("{path}: {} instead of {}", short(ours), short(theirs))),
    }
}

/// Documents are compared as YAML in which every scalar is text.
fn same_document(path: &str, theirs: &str, ours: &str) -> Result<(), String> {
    let read = |text| {
        let tree = parse(text, &Limits::default()).map_err(|error| format!("{path}: {error}"))?;
        Ok::<_, String>(as_json(&tree))
    };
    first_difference(&format!("{path}:"), &read(theirs)?, &read(ours)?)
}

fn as_json(node: &Spanned) -> Value {
    match (node.as_map(), node.as_list()) {
        (Some(entries), _) => {
            let members =
                entries.iter().map(|(key, value)| (key.as_text().unwrap_or_default().to_owned(), as_json(value)));
            Value::Object(members.collect())
        }
        (_, Some(items)) => items.iter().map(as_json).collect(),
        _ => json!(node.as_text().unwrap_or_default()),
    }
}

/// A value that fits into the table.
pub fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Value {
        json!({ "modulemd": text })
    }

    #[test]
    fn documents_are_the_same_whatever_they_look_like() {
        let theirs = document("stream: '1.10'\nlist: [a, b]\n");
        assert_eq!(first_difference("", &theirs, &document("list:\n- a\n- b\nstream: 1.10\n")), Ok(()));
        first_difference("", &theirs, &document("list: [a, b]\nstream: 1.1\n")).unwrap_err();
        first_difference("", &json!("a: 1"), &json!("a:  1")).unwrap_err();
    }

    #[test]
    fn names_and_types_count() {
        for (theirs, ours) in [(json!({"a": null}), json!({})), (json!({}), json!({"a": 1})), (json!(1), json!("1"))] {
            first_difference("", &theirs, &ours).unwrap_err();
        }
    }
}
