//! Pages of lists.

use serde_json::{Value, json};

use crate::rest::openapi::schema::{integer, list, named, object, or_null, text, time};
use crate::rest::openapi::schemas::module_builds::any_build;

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let page = |what: &str, items: &Value| {
        object(&format!("A page of {what}."), [("items", list("In order.", items)), ("meta", any_page())])
    };
    vec![
        ("Page", numbered()),
        ("CursorPage", walk()),
        ("ModuleBuilds", page("module builds, all of them plain, short or verbose", &any_build())),
        ("ComponentBuilds", page("components", &named("ComponentBuild"))),
        ("Message", message()),
        (
            "Messages",
            object(
                "A page of messages.",
                [("messages", list("The newest first.", &named("Message"))), ("meta", any_page())],
            ),
        ),
    ]
}

fn any_page() -> Value {
    let kinds = ["Page", "CursorPage"].map(named);
    json!({ "anyOf": kinds })
}

fn count(about: &str) -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": 0, "description": about })
}

fn link(about: &str) -> Value {
    let mut schema = text(about);
    schema["format"] = json!("uri");
    schema
}

fn walk() -> Value {
    object(
        "Where a page of a list stands that is read by cursors. The addresses keep all other parameters of the request.",
        [
            ("per_page", count("Items of a page.")),
            ("first", link("Address of the first page.")),
            ("next", or_null(link("Address of the page after; null on the last."))),
        ],
    )
}

fn numbered() -> Value {
    object(
        "Where a page of a list stands. The addresses keep all parameters of the request.",
        [
            ("page", count("Number of this page, from 1.")),
            ("pages", count("How many pages there are; 0 for an empty list.")),
            ("per_page", count("Items of a page.")),
            ("total", count("Items of the whole list.")),
            ("prev", or_null(link("Address of the page before; null on the first."))),
            ("next", or_null(link("Address of the page after; null on the last."))),
            ("first", link("Address of the first page.")),
            ("last", link("Address of the last page; of page 0 for an empty list.")),
        ],
    )
}

fn message() -> Value {
    object(
        "What happened to a build.",
        [("id", integer("Id; counts up.")), ("time_created", time("When.")), ("message", text("A sentence."))],
    )
}
