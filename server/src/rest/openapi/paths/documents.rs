//! This description itself.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rest::openapi::answers::{Answer, internal};
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::header;

const TAG: &str = "Documentation";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let document = json!({
        "type": "object",
        "properties": { "openapi": { "const": super::super::document::OPENAPI } },
        "required": ["openapi", "info", "servers", "tags", "paths", "components"],
    });
    let text = json!({ "type": "string" });
    vec![
        Operation::new(Method::GET, "/openapi.json", "openapi", TAG, "Show this description, for programs")
            .answer(Answer::shared("An OpenAPI document.", &document, &Value::Null))
            .answer(internal())
            .conditional(),
        Operation::new(Method::GET, "/docs", "docs", TAG, "Show this description, for people")
            .answer(page("The page.", "text/html", &text, "<!DOCTYPE html>…"))
            .answer(internal())
            .conditional(),
        Operation::new(Method::GET, "/docs/style.css", "docsStyle", TAG, "Show how that page looks")
            .answer(page("A style sheet.", "text/css", &text, "body { margin: 0 }"))
            .answer(internal())
            .conditional(),
        Operation::new(Method::GET, "/", "root", TAG, "Go to the page for people")
            .about("Browsers, which ask for HTML, are sent to `/docs`. There is nothing for others.")
            .parameters([header("Accept", "What the client reads.", &text)])
            .answer(Answer::empty(StatusCode::SEE_OTHER, "The page is at `/docs`.").header(
                "Location",
                "Its address.",
                &json!({ "type": "string" }),
            ))
            .answer(Answer::error(
                StatusCode::NOT_FOUND,
                "The client does not ask for HTML.",
                "The requested URL was not found on the server.",
            ))
            .answer(internal()),
    ]
}

fn page(about: &str, content_type: &str, schema: &Value, example: &str) -> Answer {
    Answer::empty(StatusCode::OK, about).content(content_type, schema, &json!(example))
}
