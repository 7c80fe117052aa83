//! What a job's error means.

use builders::BuilderError;
use entities::lease::LeaseError;
use entities::transition::TransitionError;
use sea_orm::DbErr;

/// Who has to act on a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The packager: the submission cannot be built as it is.
    User,
    /// The operator.
    Infra,
}

/// How a job ended that did not end well.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Worth another try after a pause; the reason is shown to users while it lasts.
    #[error("{0}")]
    Retry(String),
    /// Final; the reason is shown to users.
    #[error("{reason}")]
    Fail {
        /// Who has to act.
        verdict: Verdict,
        /// A sentence that names the cause and what to do.
        reason: String,
    },
    /// Somebody else did it, or it is no longer wanted. Nothing to do.
    #[error("superseded: {0}")]
    Superseded(String),
}

impl JobError {
    /// The packager has to act.
    pub fn user(reason: impl Into<String>) -> Self {
        Self::Fail { verdict: Verdict::User, reason: reason.into() }
    }
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        entities::db::note_unreachable(&error);
        tracing::warn!(%error, "the database did not answer");
        Self::Retry("the database did not answer".to_owned())
    }
}

impl From<LeaseError> for JobError {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Lost(_) => Self::Superseded(error.to_string()),
            LeaseError::Database(error) => error.into(),
        }
    }
}

impl From<TransitionError> for JobError {
    fn from(error: TransitionError) -> Self {
        match error {
            TransitionError::Database(error) => error.into(),
            TransitionError::Conflict(_) | TransitionError::Forbidden(..) => Self::Superseded(error.to_string()),
        }
    }
}

impl From<BuilderError> for JobError {
    fn from(error: BuilderError) -> Self {
        match error {
            BuilderError::Unavailable(reason) => Self::Retry(reason),
            BuilderError::Impossible(reason) => Self::user(reason),
        }
    }
}
