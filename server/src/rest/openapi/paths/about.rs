//! `…/about/`.

use poem::http::Method;

use crate::rest::openapi::answers::{Answer, internal, no_version};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::schema::named;

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![
        Operation::versioned(Method::GET, "/about/", "about", "Service", "Tell versions and how to log in")
            .about("What clients ask first: it says which version of the API they can use.")
            .answer(Answer::shared("What this service is.", &named("About"), &examples::about()))
            .answers([no_version(), internal()])
            .conditional(),
    ]
}
