//! Parameters that several operations have.

use serde_json::{Value, json};

use crate::rest::query::{DEFAULT_PER_PAGE, LARGEST_PAGE};
use crate::rest::resource::NEWEST;

/// A parameter in the query string.
pub fn query(name: &str, about: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}

/// A parameter in the query string that may be given several times.
pub fn repeated(name: &str, about: &str, items: &Value) -> Value {
    let mut parameter = query(name, about, &json!({ "type": "array", "items": items }));
    parameter["style"] = json!("form");
    parameter["explode"] = json!(true);
    parameter
}

/// A switch in the query string.
pub fn switch(name: &str, about: &str) -> Value {
    let about = format!("{about} On with `true` or `1`; everything else is off.");
    query(name, &about, &json!({ "type": "boolean", "default": false }))
}

/// A header of the request.
pub fn header(name: &str, about: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "header", "description": about, "schema": schema })
}

/// The version of the API.
pub fn version() -> Value {
    let versions: Vec<_> = (1..=NEWEST).collect();
    json!({
        "name": "version",
        "in": "path",
        "required": true,
        "description": "Version of the API.",
        "schema": { "type": "integer", "enum": versions },
        "example": NEWEST,
    })
}

/// The id in a path.
pub fn id(of: &str, example: i32) -> Value {
    json!({
        "name": "id",
        "in": "path",
        "required": true,
        "description": format!("Id of the {of}."),
        "schema": { "type": "integer", "format": "int32", "minimum": 1 },
        "example": example,
    })
}

/// Which page of a list.
pub fn paging() -> [Value; 3] {
    [
        query(
            "page",
            "Number of the page, from 1. What is no number is as good as none.",
            &json!({ "type": "integer", "minimum": 1, "default": 1 }),
        ),
        query(
            "per_page",
            &format!(
                "Items of a page, at most {LARGEST_PAGE}: who asks for more gets pages of that size once there are more items. \
                 What is no number is as good as none."
            ),
            &json!({ "type": "integer", "minimum": 0, "default": DEFAULT_PER_PAGE }),
        ),
        query(
            "after",
            "Reads the list by cursors instead of page numbers: as fast at its end as at its beginning, and nothing is shown twice \
             when rows are added meanwhile. Empty for the first page; for the others follow `next` of the answer. 400 for what is \
             no cursor of this list and order, and together with `page`.",
            &json!({ "type": "string" }),
        ),
    ]
}

/// The two ways to order a list by the fields with these names.
pub fn orders(names: &[&str]) -> [Value; 2] {
    let items = json!({ "type": "string", "enum": names });
    [
        repeated(
            "order_by",
            "Fields to order by, rising. Ends with `id`, so that pages never overlap. Without an order the newest come first.",
            &items,
        ),
        repeated("order_desc_by", "The same, falling. Only one of the two may be given.", &items),
    ]
}
