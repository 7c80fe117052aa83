//! Answers: statuses with their headers and bodies.

use poem::http::StatusCode;
use serde_json::{Value, json};

use super::schema::named;

/// What a status means for an operation.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    members: Value,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: StatusCode, about: &str) -> Self {
        Self { status, members: json!({ "description": about }) }
    }

    /// An answer with JSON.
    pub fn json(status: StatusCode, about: &str, schema: &Value, example: &Value) -> Self {
        Self::empty(status, about).content("application/json", schema, example)
    }

    /// 200 with JSON that pages of other sites may read, too.
    pub fn shared(about: &str, schema: &Value, example: &Value) -> Self {
        Self::json(StatusCode::OK, about, schema, example).header(
            "Access-Control-Allow-Origin",
            "Pages of all sites may read this.",
            &json!({ "type": "string", "const": "*" }),
        )
    }

    /// An error; `message` is one that such a request really gets.
    pub fn error(status: StatusCode, about: &str, message: &str) -> Self {
        let reason = status.canonical_reason().unwrap_or("Error");
        let mut schema = named("Error");
        schema["properties"] = json!({ "status": { "const": status.as_u16() } });
        let example = json!({ "status": status.as_u16(), "error": reason, "message": message });
        Self::json(status, about, &schema, &example)
    }

    /// Adds a body; no example is null.
    pub fn content(mut self, content_type: &str, schema: &Value, example: &Value) -> Self {
        let media = &mut self.members["content"][content_type];
        media["schema"] = schema.clone();
        if !example.is_null() {
            media["example"] = example.clone();
        }
        self
    }

    /// Adds a header that is always there.
    pub fn header(mut self, name: &str, about: &str, schema: &Value) -> Self {
        self.members["headers"][name] = json!({ "description": about, "required": true, "schema": schema });
        self
    }

    /// Adds a header that is there at times.
    pub fn optional_header(mut self, name: &str, about: &str, schema: &Value) -> Self {
        self.members["headers"][name] = json!({ "description": about, "schema": schema });
        self
    }

    /// The response object.
    pub fn into_value(self) -> Value {
        self.members
    }
}

/// 400 because of the query string.
pub fn bad_query(message: &str) -> Answer {
    let about = "A parameter has a value that it cannot take, or the query string holds a NUL character.";
    Answer::error(StatusCode::BAD_REQUEST, about, message)
}

/// 404 because of the version of the API alone.
pub fn no_version() -> Answer {
    Answer::error(
        StatusCode::NOT_FOUND,
        "There is no such version of the API.",
        "The requested API version is not available",
    )
}

/// 404 because of the id, or of the version of the API.
pub fn no_such(thing: &str) -> Answer {
    let message = format!("No such {thing} found.");
    Answer::error(StatusCode::NOT_FOUND, &format!("There is no such {thing}, or no such version of the API."), &message)
}

/// What may happen to everything that reads the database.
pub fn trouble() -> [Answer; 2] {
    [
        internal(),
        Answer::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "Something that the service needs does not answer. Trying again later may help.",
            "The database does not answer; try again in a moment.",
        ),
    ]
}

/// 500.
pub fn internal() -> Answer {
    Answer::error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "A defect of the service. The message has an id by which the operator finds the cause in the log.",
        "The service failed to answer. Its operator finds the reason in the log under \
         938ee3410fc04d5f-115e.",
    )
}

/// 401.
pub fn unauthorized() -> Answer {
    Answer::error(
        StatusCode::UNAUTHORIZED,
        "It is not known who is asking; only where users log in.",
        "No 'authorization' header found.",
    )
}

/// 429.
pub fn too_many() -> Answer {
    Answer::error(
        StatusCode::TOO_MANY_REQUESTS,
        "Too many log-ins from this address have failed within a minute (option `MAX_FAILED_LOGINS`).",
        "Too many log-ins from this address have failed; try again in 31 seconds.",
    )
    .header("Retry-After", "Seconds to wait.", &json!({ "type": "string", "pattern": "^[0-9]+$" }))
}

/// 503 of what needs git or an identity provider, too.
pub fn not_reached() -> Answer {
    Answer::error(
        StatusCode::SERVICE_UNAVAILABLE,
        "The database, the git server or the identity provider does not answer. Trying again later may help.",
        "The repository https://src.example.com/modules/nodejs did not answer within 60 seconds. Try again later.",
    )
}

/// What may happen to a body on its way.
pub fn bad_transfer() -> [Answer; 3] {
    [
        Answer::error(
            StatusCode::REQUEST_TIMEOUT,
            "The body took longer to arrive than the option `REQUEST_TIMEOUT` allows (60 seconds by default).",
            "The request did not arrive within 60 seconds",
        ),
        Answer::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is larger than the option `MAX_REQUEST_BYTES` allows (16 MiB by default).",
            "The request is larger than the 16777216 bytes that are allowed",
        ),
        Answer::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The body is compressed.",
            "The request has a Content-Encoding; send it without compression",
        ),
    ]
}
