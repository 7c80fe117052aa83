//! The explorer: `GraphiQL` as a page of the service, which needs no other host. `scripts/explorer.sh` makes its files, which are kept
//! compressed, and are sent as they are.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::Bytes;
use poem::http::{HeaderValue, header};
use poem::{Request, Response, handler};

use crate::rest::validator::Validator;

/// What a browser may do with the page: run its own scripts, and ask the service. `GraphiQL` writes style attributes.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Whether a request comes from a browser that wants a page.
pub fn wanted(request: &Request) -> bool {
    let accepted = request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|list| list.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

/// The page.
pub fn page() -> Response {
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::VARY, "Accept")
        .header(header::CACHE_CONTROL, "no-cache")
        .body(include_str!("explorer/page.html"));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A file of the page.
struct File {
    kind: &'static str,
    content: &'static [u8],
    compressed: bool,
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// `GraphiQL` and React.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "extractors are taken by value")]
pub fn graphiql_script(validator: Validator) -> Response {
    send(&validator, &File { kind: JAVASCRIPT, content: include_bytes!("explorer/graphiql.js.gz"), compressed: true })
}

/// How `GraphiQL` looks.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "extractors are taken by value")]
pub fn graphiql_style(validator: Validator) -> Response {
    send(&validator, &File { kind: CSS, content: include_bytes!("explorer/graphiql.css.gz"), compressed: true })
}

/// What the page does with it: example queries.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "extractors are taken by value")]
pub fn script(validator: Validator) -> Response {
    send(&validator, &File { kind: JAVASCRIPT, content: include_bytes!("explorer/page.js"), compressed: false })
}

/// How the page looks.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "extractors are taken by value")]
pub fn style(validator: Validator) -> Response {
    send(&validator, &File { kind: CSS, content: include_bytes!("explorer/page.css"), compressed: false })
}

/// The file, or 304 for a client that has it: it changes with the program only.
fn send(validator: &Validator, file: &File) -> Response {
    let mut hasher = DefaultHasher::new();
    file.content.hash(&mut hasher);
    let tag = validator.tag(hasher.finish().cast_signed());
    if validator.has(&tag) {
        return tag.not_modified();
    }
    let response = Response::builder()
        .header(header::CONTENT_TYPE, file.kind)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Bytes::from_static(file.content));
    let mut response = tag.put_on(response);
    if file.compressed {
        // Every browser that runs it takes it like this.
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
