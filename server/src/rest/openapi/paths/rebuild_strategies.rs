//! `…/rebuild-strategies/`.

use poem::http::Method;

use crate::rest::openapi::answers::{Answer, internal, no_version};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::schema::named;

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let summary = "List rebuild strategies";
    let answer = Answer::shared("All strategies.", &named("RebuildStrategies"), &examples::rebuild_strategies());
    vec![
        Operation::versioned(Method::GET, "/rebuild-strategies/", "listRebuildStrategies", "Service", summary)
            .about("How much of a module may be built again, which of it a submission may ask for, and which is the default.")
            .answer(answer)
            .answers([no_version(), internal()])
            .conditional(),
    ]
}
