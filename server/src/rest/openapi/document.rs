//! The whole document.

use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::parameters::header;
use super::paths::{self, TAGS};
use super::schemas;

/// The version of OpenAPI that the document follows.
pub const OPENAPI: &str = "3.1.0";

const INTRODUCTION: &str = "\
Builds RPM modules: a client submits a module, the service builds its components for every combination of streams, and clients \
follow the builds.

Paths, parameters, bodies and errors are those of the Python Module Build Service, so its clients go on working. What holds \
everywhere:

- Versions 1 and 2 of the API differ in one thing: a submission is answered with its first build in version 1 and with the list of \
all its builds in version 2.
- Times are UTC, `2019-03-01T09:00:14Z`.
- Every error is an object with `status`, `error` and `message`. 503 comes before anything else is looked at while there are more \
connections than the service takes.
- A request is looked at in this order: path (404), method (405, with the header `Allow`), version of the API (404), user, body, \
parameters; a submission's body before its user.
- A path without the slash at its end where there is one here is redirected (308).
- `HEAD` works wherever `GET` does, `OPTIONS` everywhere.
- Names in a query string that mean nothing are ignored.
- Every answer has a header `X-Request-Id`, by which the operator finds the request in the log. A request may bring its own: up to \
128 letters, digits and `-_.:/+@`.
- Answers with an `ETag` are asked for again with the header `If-None-Match`: 304 says that nothing has changed.";

/// The document for clients who see the service at `address`.
pub fn document(address: &str) -> Value {
    json!({
        "openapi": OPENAPI,
        "info": {
            "title": "Module Build Service",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": address, "description": "This service." }],
        "tags": TAGS.map(|(name, about)| json!({ "name": name, "description": about })),
        "paths": paths(),
        "components": {
            "schemas": schemas::all(),
            "parameters": { REQUEST_ID: request_id_of_request() },
            "headers": { REQUEST_ID: request_id_of_answer() },
        },
    })
}

/// What every request may have and every answer has, by the name of the component.
const REQUEST_ID: &str = "RequestId";

fn request_id_of_request() -> Value {
    header(
        "X-Request-Id",
        "An id for the request, up to 128 letters, digits and `-_.:/+@`, by which it is found in logs. Others are replaced.",
        &json!({ "type": "string" }),
    )
}

fn request_id_of_answer() -> Value {
    json!({
        "description": "The id of the request: the one that it came with, or a new one.",
        "required": true,
        "schema": { "type": "string", "pattern": "^[A-Za-z0-9._:/+@-]{1,128}$" },
    })
}

/// An operation with what all have in common.
fn finished(operation: Operation) -> Value {
    let parameter = json!({ "$ref": format!("#/components/parameters/{REQUEST_ID}") });
    let mut operation = operation.parameters([parameter]).into_value();
    for answer in operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        answer["headers"]["X-Request-Id"] = json!({ "$ref": format!("#/components/headers/{REQUEST_ID}") });
    }
    operation
}

fn paths() -> Value {
    let mut paths = Map::new();
    for operation in paths::all() {
        let method = operation.method.as_str().to_lowercase();
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[method] = finished(operation);
    }
    Value::Object(paths)
}
