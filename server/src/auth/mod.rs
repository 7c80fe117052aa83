//! Who is asking.
//!
//! An [`Authenticator`] looks at a request's headers and says who it is and which groups that user is in. What a user may do is
//! decided in [`crate::service`], from the [`User`] alone. To add a method: a file beside `none.rs`, and a line in
//! `assemble.rs`, the single place that chooses one.

mod none;

use async_trait::async_trait;
use poem::http::HeaderMap;

pub use none::NoAuth;

/// Somebody who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name; builds are owned by it.
    pub name: String,
    /// Groups, as the identity provider names them.
    pub groups: Vec<String>,
}

/// Why it is not known who is asking.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Missing or wrong credentials.
    #[error("{0}")]
    Unauthorized(String),
    /// The identity provider or directory did not answer; nobody is let in.
    #[error("{0}")]
    Unavailable(String),
}

/// A way to know who is asking.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The name it is chosen by, e.g. `none`.
    fn name(&self) -> &'static str;

    /// Who sent a request with these headers.
    async fn authenticate(&self, headers: &HeaderMap) -> Result<User, AuthError>;
}
