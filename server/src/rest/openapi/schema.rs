//! Short ways to write schemas (JSON Schema 2020-12).

use serde_json::{Map, Value, json};

/// Text.
pub fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

/// A whole number of 32 bits, such as an id.
pub fn integer(about: &str) -> Value {
    json!({ "type": "integer", "format": "int32", "description": about })
}

/// A number.
pub fn number(about: &str) -> Value {
    json!({ "type": "number", "description": about })
}

/// True or false.
pub fn boolean(about: &str) -> Value {
    json!({ "type": "boolean", "description": about })
}

/// A time in UTC, to the second.
pub fn time(about: &str) -> Value {
    let mut schema = text(about);
    schema["format"] = json!("date-time");
    schema["pattern"] = json!(r"^\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$");
    schema["examples"] = json!(["2019-03-01T09:00:14Z"]);
    schema
}

/// One of these texts.
pub fn choice(about: &str, values: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    let mut schema = text(about);
    schema["enum"] = values.into_iter().map(Into::into).collect();
    schema
}

/// A list.
pub fn list(about: &str, items: &Value) -> Value {
    json!({ "type": "array", "description": about, "items": items })
}

/// An object with names that are not known beforehand.
pub fn map(about: &str, values: &Value) -> Value {
    json!({ "type": "object", "description": about, "additionalProperties": values })
}

/// The same or null.
pub fn or_null(mut schema: Value) -> Value {
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    match schema.get("type").cloned() {
        Some(kind) => schema["type"] = json!([kind, "null"]),
        None => schema = json!({ "anyOf": [schema, { "type": "null" }] }),
    }
    schema
}

/// One of `components/schemas`.
pub fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// One of `components/schemas` with a sentence about this use of it.
pub fn named_about(name: &str, about: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}"), "description": about })
}

/// An object that has all of these members and no others.
pub fn object(about: &str, members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let members: Map<_, _> = members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let required: Vec<_> = members.keys().cloned().collect();
    json!({
        "type": "object",
        "description": about,
        "properties": members,
        "required": required,
        "additionalProperties": false,
    })
}
