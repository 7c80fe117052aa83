//! `…/component-builds/`.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rest::openapi::answers::{Answer, bad_query, no_such, no_version, trouble};
use crate::rest::openapi::examples::{self, as_in, page_of};
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::{id, orders, paging, query, switch};
use crate::rest::openapi::schema::named;
use crate::rest::openapi::{filters, schemas};

const TAG: &str = "Component builds";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![list(), show(), log()]
}

fn list() -> Operation {
    let plain = as_in(&schemas::component_builds::plain(), &examples::component_build());
    Operation::versioned(Method::GET, "/component-builds/", "listComponentBuilds", TAG, "List components")
        .about("Filters are combined, as in the list of module builds; so is `id` refused.")
        .parameters(paging())
        .parameters(orders(&filters::component_build_orders()))
        .parameters(details())
        .parameters(filters::component_builds())
        .example_query("?module_build=8&order_by=batch")
        .answer(Answer::shared(
            "A page of components.",
            &named("ComponentBuilds"),
            &page_of(&plain, "/component-builds/"),
        ))
        .answers([bad_query("The \"batch\" filter takes a whole number"), no_version()])
        .answers(trouble())
        .conditional()
}

fn show() -> Operation {
    Operation::versioned(Method::GET, "/component-builds/{id}", "showComponentBuild", TAG, "Show a component")
        .parameters([id("component", 2)])
        .parameters(details())
        .example_query("?verbose=true&extended=true")
        .answer(Answer::shared("The component.", &named("ComponentBuild"), &examples::component_build()))
        .answers([
            bad_query(
                "The \"id\" query option is invalid. Did you mean to go to \"/module-build-service/2/component-builds/8\"?",
            ),
            no_such("component"),
        ])
        .answers(trouble())
        .conditional()
}

fn details() -> [Value; 2] {
    [
        switch("verbose", "Adds batch and history."),
        switch("extended", "Adds what the Python service did not have: attempt, times, address of the log."),
    ]
}

fn log() -> Operation {
    let offset = query(
        "offset",
        "Where to begin, in bytes; beyond the end there is nothing. 400 for what is no whole number from 0.",
        &json!({ "type": "integer", "format": "int64", "minimum": 0, "default": 0 }),
    );
    let text = json!({ "type": "string" });
    Operation::versioned(Method::GET, "/component-builds/{id}/log", "readLog", TAG, "Read the log of a component")
        .about(
            "Also while it is written. To follow a log, ask again from time to time, with the `offset` that the header \
             `X-Log-Offset` of the answer before says.",
        )
        .parameters([id("component", 2), offset])
        .example_query("?offset=0")
        .answer(
            Answer::empty(StatusCode::OK, "The log of the newest attempt from `offset` on.")
                .content("text/plain", &text, &json!("Building target platforms: x86_64\n"))
                .header(
                    "X-Log-Offset",
                    "Where the answer ends in the log, in bytes: the `offset` to ask for next.",
                    &json!({ "type": "integer", "format": "int64", "minimum": 0 }),
                ),
        )
        .answers([
            bad_query("The \"offset\" parameter takes a number of bytes"),
            Answer::error(
                StatusCode::NOT_FOUND,
                "There is no such component, it has no log yet, or there is no such version of the API.",
                "This component has no log.",
            ),
        ])
        .answers(trouble())
}
