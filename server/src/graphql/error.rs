//! Errors: every one has `extensions.code`, and those that REST has, too, have its `status`.

use async_graphql::{Error, ErrorExtensions as _};
use poem::error::ResponseError as _;
use poem::http::StatusCode;

use crate::auth::AuthError;
use crate::rest::Failure;
use crate::rest::current;
use crate::service::ServiceError;

/// An error with a code.
pub fn coded(code: &str, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// The request is wrong.
pub fn invalid(message: impl Into<String>) -> Error {
    refused(Failure::invalid(message))
}

/// What REST would answer with.
pub fn refused(failure: impl Into<Failure>) -> Error {
    let failure = failure.into();
    let status = failure.status();
    let message = match &failure {
        Failure::Service(ServiceError::Internal(cause)) => internal(cause),
        other => other.to_string(),
    };
    coded(code(status), message).extend_with(|_, extensions| extensions.set("status", status.as_u16()))
}

/// The code that goes with a status of REST.
pub fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "BAD_REQUEST",
        StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
        StatusCode::FORBIDDEN => "FORBIDDEN",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        StatusCode::METHOD_NOT_ALLOWED => "METHOD_NOT_ALLOWED",
        StatusCode::CONFLICT => "CONFLICT",
        StatusCode::PAYLOAD_TOO_LARGE => "TOO_LARGE",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "UNSUPPORTED_MEDIA_TYPE",
        StatusCode::UNPROCESSABLE_ENTITY => "UNPROCESSABLE",
        StatusCode::TOO_MANY_REQUESTS => "TOO_MANY_REQUESTS",
        StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}

/// A defect: the cause goes to the log, the client gets the id of the request to ask the operator with.
fn internal(cause: &str) -> String {
    let id = current::id();
    tracing::error!(id, cause, "a GraphQL query failed");
    format!("The service failed to answer. Its operator finds the reason in the log under {id}.")
}

/// Results whose errors clients are told as [`refused`] says. `?` alone would tell them the text of any error.
pub trait Told<T> {
    /// The same with an error for clients.
    fn told(self) -> Result<T, Error>;
}

macro_rules! told {
    ($($error:ty),*) => {$(
        impl<T> Told<T> for Result<T, $error> {
            fn told(self) -> Result<T, Error> {
                self.map_err(refused)
            }
        }
    )*};
}

told!(Failure, ServiceError, AuthError, sea_orm::DbErr);
