//! `…/final-modulemd/{id}`.

use poem::http::{Method, StatusCode};

use crate::rest::openapi::answers::{Answer, no_version, trouble};
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::id;

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let summary = "Show the documents that Koji gets";
    let [internal, _] = trouble();
    vec![
        Operation::versioned(Method::GET, "/final-modulemd/{id}", "finalModulemd", "Final documents", summary)
            .about("Only Koji has such documents, and asking it for them is not possible yet: the answer is always an error.")
            .parameters([id("module build", 8)])
            .answer(Answer::error(
                StatusCode::BAD_REQUEST,
                "There is no such build, or the build system has no such documents.",
                "Configured builder not able to generate final modulemds!",
            ))
            .answers([no_version(), internal])
            .answer(Answer::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "Koji or the database cannot be reached.",
                "The build system cannot be reached",
            )),
    ]
}
