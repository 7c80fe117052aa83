//! Why something that was asked for is not done.

use sea_orm::DbErr;

/// Each kind has one HTTP status; the text is what the user reads.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// 400: the request is wrong.
    #[error("{0}")]
    Invalid(String),
    /// 403: known, but not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// 404.
    #[error("{0}")]
    NotFound(String),
    /// 409: it exists already.
    #[error("{0}")]
    Conflict(String),
    /// 413: larger than the operator allows.
    #[error("{0}")]
    TooLarge(String),
    /// 422: well-formed, but cannot be built.
    #[error("{0}")]
    Unprocessable(String),
    /// 503: something that the service needs does not answer; trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// 500: a defect; the text goes to the log only.
    #[error("{0}")]
    Internal(String),
}

impl From<DbErr> for ServiceError {
    fn from(error: DbErr) -> Self {
        Self::of_database(&error)
    }
}

impl ServiceError {
    /// What users are told where the database failed.
    pub fn of_database(error: &DbErr) -> Self {
        entities::db::note_unreachable(error);
        if entities::db::is_unreachable(error) {
            tracing::warn!(%error, "the database does not answer");
            return Self::Unavailable("The database does not answer; try again in a moment.".to_owned());
        }
        if entities::db::is_contention(error) {
            tracing::warn!(%error, "others were writing at the same time");
            return Self::Unavailable("Others are writing at the same time; try again in a moment.".to_owned());
        }
        Self::Internal(error.to_string())
    }
}

impl From<entities::transition::TransitionError> for ServiceError {
    fn from(error: entities::transition::TransitionError) -> Self {
        use entities::transition::TransitionError;
        match error {
            TransitionError::Database(error) => error.into(),
            TransitionError::Conflict(_) | TransitionError::Forbidden(..) => {
                Self::Conflict(format!("{error}; look at the build again"))
            }
        }
    }
}
