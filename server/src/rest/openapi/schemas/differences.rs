//! Differences of builds.

use serde_json::{Value, json};

use crate::rest::openapi::schema::{boolean, list, named, named_about, object, or_null, text};
use crate::service::difference::list_names;

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let strings = |about: &str| list(about, &json!({ "type": "string" }));
    let listed = object(
        "What is in one of two lists only.",
        [("added", strings("In the second.")), ("removed", strings("In the first."))],
    );
    let item = |fields: Value| {
        json!({
            "type": "object",
            "properties": { "name": text("Name.") },
            "required": ["name"],
            "additionalProperties": fields,
        })
    };
    let pair =
        object("Before and after.", [("a", or_null(text("In the first."))), ("b", or_null(text("In the second.")))]);
    let of_names = object(
        "What is in one of two builds only, or is another.",
        [
            ("added", list("In the second, with what it is.", &item(json!({ "type": "string" })))),
            ("removed", list("In the first, with what it was.", &item(json!({ "type": "string" })))),
            ("changed", list("In both, with what is different.", &item(pair))),
        ],
    );
    let mut members = vec![
        ("a", named_about("ModuleBuildShort", "The first build.")),
        ("b", named_about("ModuleBuildShort", "The second build.")),
        ("same", boolean("Whether nothing is different.")),
        ("components", named_about("NamedDifference", "Components by name: `ref`, `nvr`, `repository`, ….")),
        (
            "rpms",
            json!({ "anyOf": [named("ListDifference"), { "type": "null" }], "description": "Published packages; null where they are not known." }),
        ),
        ("buildrequires", named_about("NamedDifference", "Modules that they were built against: `build`, `streams`.")),
        ("requires", named_about("NamedDifference", "Modules that they need at run time: `streams`.")),
        ("macros", named_about("ListDifference", "Lines of macros.")),
    ];
    members.extend(list_names().into_iter().map(|name| (name, named("ListDifference"))));
    vec![
        ("ListDifference", listed),
        ("NamedDifference", of_names),
        ("Difference", object("What is different between two builds.", members)),
    ]
}
