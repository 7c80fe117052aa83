//! Whether a process is well.

use serde_json::Value;

use crate::rest::openapi::schema::{boolean, choice, map, object, text};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let checks = map("What was found, by what was asked: `ok`, or what is wrong.", &text("What was found."));
    vec![
        ("Health", object("That a process serves.", [("status", choice("It is well.", ["ok"]))])),
        (
            "Readiness",
            object(
                "Whether a process has all that it needs.",
                [("ready", boolean("Whether nothing is wrong.")), ("checks", checks)],
            ),
        ),
    ]
}
