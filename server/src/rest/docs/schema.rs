//! Schemas: what a value is, in a few words, and the members of objects.

use serde_json::Value;

use super::html::Html;
use super::text;

/// Writes what a value is, e.g. `list of ModuleBuild`.
pub fn kind(html: &mut Html, schema: &Value) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        html.say("a", &[("href", &format!("#{name}"))], name);
        return;
    }
    for alternatives in ["oneOf", "anyOf"] {
        if let Some(list) = schema[alternatives].as_array().filter(|list| list.iter().all(has_kind)) {
            return one_of(html, list);
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return choices(html, values);
    }
    match &schema["type"] {
        Value::String(name) => simple(html, name, schema),
        Value::Array(names) => {
            for (index, name) in names.iter().enumerate() {
                html.text(if index == 0 { "" } else { " or " });
                simple(html, name.as_str().unwrap_or_default(), schema);
            }
        }
        _ if schema.get("const").is_some() => {
            html.say("code", &[], &shown(&schema["const"]));
        }
        _ => {
            html.text("anything");
        }
    }
}

fn has_kind(schema: &Value) -> bool {
    ["$ref", "type", "anyOf", "oneOf"].iter().any(|key| schema.get(key).is_some())
}

fn one_of(html: &mut Html, list: &[Value]) {
    for (index, schema) in list.iter().enumerate() {
        html.text(if index == 0 { "" } else { " or " });
        kind(html, schema);
    }
}

fn choices(html: &mut Html, values: &[Value]) {
    for (index, value) in values.iter().enumerate() {
        html.text(if index == 0 { "" } else { ", " });
        html.say("code", &[], &shown(value));
    }
}

fn simple(html: &mut Html, name: &str, schema: &Value) {
    match name {
        "array" => {
            html.text("list of ");
            kind(html, &schema["items"]);
        }
        "object" if schema["additionalProperties"].is_object() => {
            html.text("object whose values are ");
            kind(html, &schema["additionalProperties"]);
        }
        "string" => {
            html.text(match schema["format"].as_str() {
                Some("date-time") => "time",
                Some("uri") => "address",
                Some("binary") => "file",
                _ => "text",
            });
        }
        "integer" => {
            html.text("whole number");
            bounds(html, schema);
        }
        other => {
            html.text(other);
            bounds(html, schema);
        }
    }
}

fn bounds(html: &mut Html, schema: &Value) {
    if let Some(least) = schema.get("minimum") {
        html.text(&format!(" from {least}"));
    }
    if let Some(most) = schema.get("maximum") {
        html.text(&format!(" to {most}"));
    }
}

/// A value as JSON, but text without its quotes.
pub fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Writes the members of an object.
pub fn members(html: &mut Html, schema: &Value) {
    let Some(members) = schema["properties"].as_object() else { return };
    let is_required =
        |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    html.element("dl", &[], |html| {
        for (name, member) in members {
            let note = if is_required(name) { "" } else { "optional" };
            row(html, name, note, member, member["description"].as_str().unwrap_or_default());
            inner(html, member);
        }
    });
}

/// Objects within objects that have no name of their own.
fn inner(html: &mut Html, member: &Value) {
    for schema in [member, &member["items"]] {
        if schema["properties"].is_object() {
            html.element("dd", &[], |html| members(html, schema));
        }
    }
}

/// Writes a term with its kind and what it means.
pub fn row(html: &mut Html, name: &str, note: &str, schema: &Value, about: &str) {
    html.element("dt", &[], |html| {
        html.say("code", &[("class", "name")], name).text(" ");
        html.element("span", &[("class", "kind")], |html| kind(html, schema));
        if !note.is_empty() {
            html.text(" ").say("span", &[("class", "note")], note);
        }
        if let Some(default) = schema.get("default") {
            html.text(" ").element("span", &[("class", "note")], |html| {
                html.text("default ").say("code", &[], &shown(default));
            });
        }
    });
    html.element("dd", &[], |html| text::line(html, about));
}
