//! `GET /docs`: the document of [`super::openapi`] as a page, for people. Nothing but HTML and a style sheet: it needs no scripts
//! and no other host.
//!
//! | file | subject |
//! | --- | --- |
//! | `page` | the whole: introduction, contents, operations, schemas |
//! | `operation` | an operation |
//! | `schema` | types, members of objects |
//! | `text` | descriptions: paragraphs, lists, `code` |
//! | `html` | elements; everything that is written is escaped |
//! | `style.css` | how it looks, in the light and in the dark, on a phone and on paper |

mod html;
mod operation;
mod page;
mod schema;
#[cfg(test)]
mod tests;
mod text;

use std::sync::LazyLock;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Request, Response, handler};

use super::failure::Failure;
use super::openapi::document;
use super::openapi::rendered::{PLACE, Rendered};
use super::origin::Origin;
use super::validator::Validator;

/// What a browser may do with the page: take its style sheet, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The page.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "extractors are taken by value")]
pub fn show(validator: Validator, origin: &Origin) -> Response {
    static PAGE: LazyLock<Rendered> =
        LazyLock::new(|| Rendered::new("text/html; charset=utf-8", &page::page(&document(PLACE))));
    let mut response = PAGE.answer(&validator, origin);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// How the page looks.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "extractors are taken by value")]
pub fn style(validator: Validator, origin: &Origin) -> Response {
    static STYLE: LazyLock<Rendered> =
        LazyLock::new(|| Rendered::new("text/css; charset=utf-8", include_str!("style.css")));
    STYLE.answer(&validator, origin)
}

/// Sends browsers from `/` to the page. For others there is nothing there, as there never was.
#[handler]
pub fn root(request: &Request, origin: &Origin) -> Result<Response, Failure> {
    let accepted = request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if !accepted.flat_map(|list| list.split(',')).any(|kind| kind.trim().starts_with("text/html")) {
        return Err(Failure::not_found("The requested URL was not found on the server."));
    }
    let address = origin.checked_url().unwrap_or_default();
    Ok(Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, format!("{address}/docs"))
        .header(header::VARY, "Accept")
        .finish())
}
