//! `…/module-builds/`, but for what changes builds.

use poem::http::Method;

use crate::rest::openapi::answers::{Answer, bad_query, no_such, no_version, trouble};
use crate::rest::openapi::examples::{self, as_in, page_of};
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::{id, orders, paging, switch};
use crate::rest::openapi::schema::named;
use crate::rest::openapi::schemas::module_builds::any_build;
use crate::rest::openapi::{filters, schemas};

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![list(), show()]
}

fn list() -> Operation {
    let plain = as_in(&schemas::module_builds::plain(), &examples::module_build());
    Operation::versioned(Method::GET, "/module-builds/", "listModuleBuilds", "Module builds", "List module builds")
        .about(
            "Filters are combined: a build is listed if it fits all of them. Of a filter that is given several times the first \
             value counts, unless it says otherwise here. Names that mean nothing are ignored.\n\nThe parameter `id` is refused \
             with 400: the address of one build is its path.",
        )
        .parameters(paging())
        .parameters(orders(&filters::module_build_orders()))
        .parameters(details())
        .parameters(filters::module_builds())
        .example_query("?name=nodejs&state=ready&per_page=5")
        .answer(Answer::shared("A page of builds.", &named("ModuleBuilds"), &page_of(&plain, "/module-builds/")))
        .answers([bad_query("Invalid state was supplied: foo"), no_version()])
        .answers(trouble())
        .conditional()
}

fn show() -> Operation {
    Operation::versioned(Method::GET, "/module-builds/{id}", "showModuleBuild", "Module builds", "Show a module build")
        .parameters([id("module build", 8)])
        .parameters(details())
        .example_query("?verbose=true")
        .answer(Answer::shared("The build.", &any_build(), &examples::module_build()))
        .answers([
            bad_query(
                "The \"id\" query option is invalid. Did you mean to go to \"/module-build-service/2/module-builds/8\"?",
            ),
            no_such("module"),
        ])
        .answers(trouble())
        .conditional()
}

fn details() -> [serde_json::Value; 2] {
    [
        switch("verbose", "Adds history, document, contexts and architectures. Wins over `short`."),
        switch("short", "Shows only what identifies a build."),
    ]
}
