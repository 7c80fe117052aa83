//! `…/messages`.

use poem::http::{Method, StatusCode};

use crate::rest::openapi::answers::{Answer, bad_query, no_such, trouble};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::{id, paging};
use crate::rest::openapi::schema::named;

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![
        of("module", "/module-builds/{id}/messages", "listModuleBuildMessages", "Module builds"),
        of("component", "/component-builds/{id}/messages", "listComponentBuildMessages", "Component builds"),
    ]
}

fn of(thing: &str, path: &str, name: &str, tag: &str) -> Operation {
    let about = format!("Messages about a {thing} build. The newest first.");
    Operation::versioned(Method::GET, path, name, tag, &format!("Tell what happened to a {thing} build"))
        .about(&about)
        .parameters([id(&format!("{thing} build"), 8)])
        .parameters(paging())
        .example_query("?per_page=100")
        .answer(Answer::json(StatusCode::OK, "A page of messages.", &named("Messages"), &examples::messages()))
        .answers([
            bad_query("The \"after\" parameter is no cursor of this list; take it from \"next\""),
            no_such(thing),
        ])
        .answers(trouble())
        .conditional()
}
