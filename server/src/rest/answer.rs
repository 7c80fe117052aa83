//! Answers in JSON.

use poem::Response;
use poem::http::{StatusCode, header};
use serde_json::Value;

/// An answer with this body.
pub fn json(status: StatusCode, body: &Value) -> Response {
    Response::builder().status(status).header(header::CONTENT_TYPE, "application/json").body(body.to_string())
}

/// A good answer that pages of other sites may read, too.
pub fn shared(body: &Value) -> Response {
    let mut response = json(StatusCode::OK, body);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    response
}
