//! Carrying out what is due for a submission: all of it in one transaction, or nothing.

use entities::db::Transaction;
use entities::transition::TransitionError;
use entities::{db, module_build};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, SqlErr, Statement};
use sha2::{Digest, Sha256};

use super::idempotency::{Record, Recorded};
use super::prepare::Prepared;
use super::steps::{self, Reading, Step};
use super::{create, resume};
use crate::App;
use crate::audit::{self, Action, Noted};
use crate::service::ServiceError;

/// How often a transaction is begun that others got in the way of.
const ATTEMPTS: usize = 5;

/// First half of the name of PostgreSQL's lock on submissions of one module stream; the second is a hash of the stream.
const STREAM_LOCK: i32 = 0x4d42_5301;

/// What became of it.
pub enum Written {
    /// The builds of the submission.
    Now(Vec<module_build::Model>),
    /// Somebody else was faster with the same submission.
    Before(Recorded),
}

/// Why nothing was written.
pub enum WriteError {
    /// It must not be.
    Refused(ServiceError),
    /// The database refused it, or did not answer.
    Database(DbErr),
}

impl From<ServiceError> for WriteError {
    fn from(error: ServiceError) -> Self {
        Self::Refused(error)
    }
}

impl From<DbErr> for WriteError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<TransitionError> for WriteError {
    fn from(error: TransitionError) -> Self {
        match error {
            TransitionError::Database(error) => Self::Database(error),
            other => Self::Refused(other.into()),
        }
    }
}

impl From<WriteError> for ServiceError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(error) => error,
            WriteError::Database(error) if is_in_the_way(&error) => Self::Unavailable(
                "Others are writing about the same module at the same time; try again in a moment.".to_owned(),
            ),
            WriteError::Database(error) => error.into(),
        }
    }
}

/// Writes a submission down, under its key if it has one.
pub async fn write(app: &App, prepared: &Prepared, record: Option<&Record>) -> Result<Written, ServiceError> {
    for _ in 1..ATTEMPTS {
        match attempt(app, prepared, record).await {
            // What stands in the database by now decides.
            Err(WriteError::Database(error)) if is_in_the_way(&error) => {
                tracing::debug!(%error, "others wrote at the same time; a submission is decided again");
            }
            other => return Ok(other?),
        }
    }
    Ok(attempt(app, prepared, record).await?)
}

async fn attempt(app: &App, prepared: &Prepared, record: Option<&Record>) -> Result<Written, WriteError> {
    let tx = db::begin_write(&app.db).await?;
    if let Some(record) = record
        && !record.take(&tx, app.clock.now()).await?
    {
        tx.rollback().await?;
        return Ok(Written::Before(record.of_other(&app.db).await?));
    }
    hold_stream(&tx, prepared).await?;
    let mut builds = Vec::with_capacity(prepared.documents.len());
    let mut noted = Vec::new();
    for step in steps::decide(app, &tx, prepared, Reading::Hold).await? {
        let (build, action) = match step {
            Step::Create(new) => (create::create(app, &tx, prepared, *new).await?, Some(Action::Submit)),
            Step::Resume(build) => (resume::resume(app, &tx, &prepared.owner, *build).await?, Some(Action::Resume)),
            Step::Nothing(build) => (*build, None),
        };
        if let Some(action) = action {
            let subject = format!("module-builds/{}", build.id);
            noted.push(audit::done(&tx, app.clock.now(), &prepared.owner, action, subject).await?);
        }
        builds.push(build);
    }
    if let Some(record) = record {
        record.set_builds(&tx, &builds).await?;
    }
    tx.commit().await?;
    noted.iter().for_each(Noted::say);
    Ok(Written::Now(builds))
}

/// Submissions of the same module stream are written one after the other, so that the later ones see what the earlier ones made:
/// contexts that exist, numbers of scratch builds. On SQLite there is only one writer anyway.
async fn hold_stream(tx: &Transaction, prepared: &Prepared) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut streams: Vec<_> = prepared.documents.iter().map(|one| stream_lock(one.name(), one.stream())).collect();
    streams.sort_unstable();
    streams.dedup();
    for stream in streams {
        let lock = "SELECT pg_advisory_xact_lock($1, $2)";
        let values = [STREAM_LOCK.into(), stream.into()];
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, values)).await?;
    }
    Ok(())
}

/// Two streams that have the same number only wait for one another in vain.
fn stream_lock(name: &str, stream: &str) -> i32 {
    let hash = Sha256::new().chain_update(name).chain_update("\0").chain_update(stream).finalize();
    i32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// Whether others wrote at the same time: a row that we were about to make, or in another order (a deadlock).
fn is_in_the_way(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) || db::is_contention(error)
}
