//! `GET /openapi.json`: the REST API described by an OpenAPI 3.1 document, for programs.
//!
//! The document is made from what the handlers themselves use: filters and orders from the columns in [`super::query`],
//! parameters of a submission from [`crate::service::params::KNOWN`], states from [`entities`]. A new filter shows up by itself;
//! a new route makes a test fail until [`paths`] describes it.
//!
//! | file or folder | subject |
//! | --- | --- |
//! | `document` | the whole: introduction, paths, schemas |
//! | `paths` | operations, a file a resource |
//! | `schemas` | bodies, a file a resource |
//! | `parameters`, `filters` | what goes into path, query string and headers |
//! | `answers` | statuses, their headers and errors |
//! | `operation`, `schema`, `curl` | how operations, schemas and commands are written |
//! | `examples` | bodies of real answers |
//! | `rendered` | texts that are made once, and name the address by which the client came |

mod answers;
mod curl;
mod document;
mod examples;
mod filters;
mod operation;
mod parameters;
mod paths;
pub(super) mod rendered;
mod schema;
mod schemas;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use poem::http::header;
use poem::{Response, handler};

use super::origin::Origin;
use super::validator::Validator;
pub use document::document;
use rendered::Rendered;

/// The document.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "extractors are taken by value")]
pub fn show(validator: Validator, origin: &Origin) -> Response {
    static DOCUMENT: LazyLock<Rendered> =
        LazyLock::new(|| Rendered::new("application/json", &document(rendered::PLACE).to_string()));
    let mut response = DOCUMENT.answer(&validator, origin);
    // Pages of other sites show it, too.
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    response
}
