//! Importing modules.

use serde_json::{Value, json};

use super::module_builds::without_tasks;
use crate::rest::openapi::schema::{list, named, object, text};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let import = json!({
        "type": "object",
        "description": "A module to be imported.",
        "properties": {
            "scmurl": text("Repository and commit of the document, `URL?#COMMIT`. 403 unless the option `SCMURLS` allows it."),
        },
        "required": ["scmurl"],
    });
    let messages = list("What was done, in sentences.", &json!({ "type": "string" }));
    let imported = object("What became of an import.", [("module", named("ImportedModule")), ("messages", messages)]);
    vec![("Import", import), ("Imported", imported), ("ImportedModule", without_tasks())]
}
