//! Answers in JSON.

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use super::failure::Failure;
use super::validator::Validator;

/// An answer with this body.
pub fn json(status: StatusCode, body: &Value) -> Response {
    text(status, body.to_string())
}

/// An answer with JSON that is written already.
pub fn text(status: StatusCode, body: impl Into<poem::Body>) -> Response {
    Response::builder().status(status).header(header::CONTENT_TYPE, "application/json").body(body)
}

/// A good answer with its tag, or "nothing has changed" if the client has it. Here the tag is a hash of the body.
pub fn constant(validator: &Validator, body: &Value) -> Response {
    let body = body.to_string();
    let tag = validator.tag_of_text(&body);
    if validator.has(&tag) {
        return shared(tag.not_modified());
    }
    shared(tag.put_on(text(StatusCode::OK, body)))
}

/// An answer that pages of other sites may read, too.
pub fn shared(mut response: Response) -> Response {
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// `{"<name>": [<items>], "meta": <meta>}`, with items that are written already.
pub fn list<'a>(
    name: &str,
    items: impl IntoIterator<Item = &'a str>,
    meta: &impl Serialize,
) -> Result<String, Failure> {
    let mut body = format!("{{\"{name}\":[");
    let start = body.len();
    for item in items {
        if body.len() > start {
            body.push(',');
        }
        body.push_str(item);
    }
    body.push_str("],\"meta\":");
    body.push_str(&written(meta)?);
    body.push('}');
    Ok(body)
}

/// A value as JSON.
pub fn written(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::internal(format!("cannot write an answer: {error}")))
}
