//! Errors as clients see them: `{"status": 404, "error": "Not Found", "message": "…"}`.

use std::sync::Arc;
use std::time::Duration;

use poem::Response;
use poem::error::ResponseError;
use poem::http::{HeaderValue, StatusCode, header};
use sea_orm::DbErr;
use serde_json::json;

use super::{answer, current};
use crate::auth::AuthError;
use crate::service::ServiceError;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The service function says why.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// It is not known who is asking.
    #[error("{message}")]
    Unauthorized {
        /// What the client is told.
        message: String,
        /// How it could log in.
        challenge: Option<HeaderValue>,
    },
    /// Too many log-ins from the same address have failed.
    #[error("{message}")]
    TooMany {
        /// What the client is told.
        message: String,
        /// How long it has to wait.
        wait: Duration,
    },
    /// The request itself is at fault, e.g. too slow.
    #[error("{1}")]
    Http(StatusCode, String),
}

impl Failure {
    /// 400.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Service(ServiceError::Invalid(message.into()))
    }

    /// 404.
    pub fn not_found(message: &str) -> Self {
        Self::Service(ServiceError::NotFound(message.to_owned()))
    }

    /// 500; the text goes to the log only.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::Service(ServiceError::Internal(message.into()))
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Service(error.into())
    }
}

/// Shared by several requests.
impl From<Arc<DbErr>> for Failure {
    fn from(error: Arc<DbErr>) -> Self {
        Self::Service(ServiceError::of_database(&error))
    }
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Unauthorized { message, challenge } => Self::Unauthorized { message, challenge },
            AuthError::TooMany(wait) => Self::TooMany { message: error.to_string(), wait },
            AuthError::Unavailable(message) => Self::Service(ServiceError::Unavailable(message)),
        }
    }
}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::Service(error) => status(error),
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Http(status, _) => *status,
        }
    }

    fn as_response(&self) -> Response {
        match self {
            Self::Service(ServiceError::Internal(cause)) => internal(cause),
            Self::Unauthorized { message, challenge } => unauthorized(message, challenge.as_ref()),
            Self::TooMany { message, wait } => too_many(message, *wait),
            other => body(other.status(), &other.to_string()),
        }
    }
}

/// Which error has which status.
fn status(error: &ServiceError) -> StatusCode {
    match error {
        ServiceError::Invalid(_) => StatusCode::BAD_REQUEST,
        ServiceError::Forbidden(_) => StatusCode::FORBIDDEN,
        ServiceError::NotFound(_) => StatusCode::NOT_FOUND,
        ServiceError::Conflict(_) => StatusCode::CONFLICT,
        ServiceError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        ServiceError::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ServiceError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        ServiceError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error in JSON.
pub fn body(status: StatusCode, message: &str) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    answer::json(status, &json!({ "status": status.as_u16(), "error": reason, "message": message }))
}

fn unauthorized(message: &str, challenge: Option<&HeaderValue>) -> Response {
    let mut response = body(StatusCode::UNAUTHORIZED, message);
    if let Some(challenge) = challenge {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.clone());
    }
    response
}

fn too_many(message: &str, wait: Duration) -> Response {
    let mut response = body(StatusCode::TOO_MANY_REQUESTS, message);
    response.headers_mut().insert(header::RETRY_AFTER, (wait.as_secs() + 1).into());
    response
}

/// A defect: the cause goes to the log, the client gets the id of the request to ask the operator with.
pub fn internal(cause: &str) -> Response {
    let id = current::id();
    tracing::error!(id, cause, "a request failed");
    let message = format!("The service failed to answer. Its operator finds the reason in the log under {id}.");
    body(StatusCode::INTERNAL_SERVER_ERROR, &message)
}

/// What was not made by a handler: no such route, a part of the request that the framework refused.
pub async fn of_framework(error: poem::Error) -> Response {
    if error.is_from_response() || error.is::<Failure>() {
        return error.into_response();
    }
    let message = match error.status() {
        StatusCode::NOT_FOUND => "The requested URL was not found on the server.".to_owned(),
        status if status.is_server_error() => return internal(&error.to_string()),
        _ => error.to_string(),
    };
    body(error.status(), &message)
}
