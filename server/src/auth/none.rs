//! `NO_AUTH`: everybody is `anonymous` and in the group `packager`, as on a laptop. And its opposite.

use async_trait::async_trait;

use super::{Asking, AuthError, Authenticator, Known, User};

/// Lets everybody in.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAuth;

impl NoAuth {
    /// How users are known here.
    pub const NAME: &str = "none";
}

#[async_trait]
impl Authenticator for NoAuth {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    async fn authenticate(&self, _asking: &Asking<'_>) -> Result<Known, AuthError> {
        Ok(Known::fully(User { name: "anonymous".to_owned(), groups: vec!["packager".to_owned()] }, self.name()))
    }
}

/// Lets nobody in: for processes that take no requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

#[async_trait]
impl Authenticator for Nobody {
    fn name(&self) -> &'static str {
        "nobody"
    }

    async fn authenticate(&self, _asking: &Asking<'_>) -> Result<Known, AuthError> {
        Err(AuthError::Unavailable("This process takes no requests.".to_owned()))
    }
}
