//! Submitting a module: one document becomes one build for every combination of streams.
//!
//! | file | subject |
//! | --- | --- |
//! | `prepare` | everything that is checked and looked up before anything is written |
//! | `source`, `expand` | where the document comes from, and the documents that it becomes |
//! | `end_of_life` | streams that are no longer built |
//! | [`product_pages`] | who knows which base modules are released |
//! | `steps` | what is due for each of them: make a build, resume one, or nothing |
//! | `write`, `create`, `resume` | carrying that out, in one transaction |
//! | [`idempotency`] | submissions that are repeated under a key |
//! | [`preview`] | a dry run: what would be done |

mod create;
mod end_of_life;
pub(crate) mod expand;
pub mod idempotency;
mod prepare;
pub mod preview;
pub mod product_pages;
pub(super) mod resume;
pub(super) mod source;
mod steps;
pub(super) mod write;

use entities::{ModuleState, module_build};
use jobs::Job;
use serde_json::{Map, Value};

use self::idempotency::{Fingerprint, Key, Record, Recorded};
use self::write::Written;
use super::ServiceError;
use crate::App;
use crate::auth::Submitter;

/// What somebody submits: parameters, and the document where it came as a file.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// Members of the JSON object, or fields of the form.
    pub params: Map<String, Value>,
    /// The `yaml` file of a form.
    pub file: Option<UploadedFile>,
    /// Nothing new is wanted: only what failed before is to go on.
    pub only_resume: bool,
}

/// A file in a form.
#[derive(Clone, Debug)]
pub struct UploadedFile {
    /// Its name on the client; names a document that does not name itself.
    pub name: Option<String>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// What became of a submission.
#[derive(Debug)]
pub enum Submitted {
    /// Its builds, and where its answer is kept if it has a key.
    Now(Vec<module_build::Model>, Option<Record>),
    /// It was submitted before, under the same key.
    Before(Recorded),
}

/// Submits a module. A build that failed before is resumed; one that exists otherwise is returned as it is, and if that is all
/// there is, it is a conflict. With a key, the same submission is done once, however often it comes.
pub async fn submit(
    app: &App,
    submitter: &Submitter,
    submission: Submission,
    key: Option<(Key, Fingerprint)>,
) -> Result<Submitted, ServiceError> {
    let admitted = prepare::admit(app, submitter, &submission)?;
    let record = key.map(|(key, fingerprint)| Record::new(admitted.owner(), key, fingerprint));
    if let Some(record) = &record
        && let Some(recorded) = record.look_up(&app.db).await?
    {
        return Ok(Submitted::Before(recorded));
    }
    let prepared = prepare::prepare(app, admitted, submission).await?;
    match write::write(app, &prepared, record.as_ref()).await? {
        Written::Now(builds) => {
            wake(app, &builds);
            Ok(Submitted::Now(builds, record))
        }
        Written::Before(recorded) => Ok(Submitted::Before(recorded)),
    }
}

/// What [`submit`] would do, with the same refusals. Writes nothing.
pub async fn dry_run(
    app: &App,
    submitter: &Submitter,
    submission: Submission,
) -> Result<Vec<preview::Build>, ServiceError> {
    let admitted = prepare::admit(app, submitter, &submission)?;
    let prepared = prepare::prepare(app, admitted, submission).await?;
    preview::preview(app, &prepared).await
}

fn wake(app: &App, builds: &[module_build::Model]) {
    let due = builds.iter().filter(|build| matches!(build.state, ModuleState::Init | ModuleState::Wait));
    app.wake(due.map(|build| Job::Advance(build.id)).chain([Job::PublishMessages]));
}
