//! The entry point: git with its settings.

use std::ffi::OsString;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::process::{Broken, Call, Output, run};
use crate::{Repository, ScmError, Settings, environment};

/// Bound on what a server may answer to "which references are there", and on other short answers.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// Access to git repositories. Cheap to clone; all temporary files vanish with the last clone.
#[derive(Clone, Debug)]
pub struct Git {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    environment: Vec<(OsString, OsString)>,
    home: TempDir,
}

impl Git {
    /// Prepares the environment that git runs in. Fails with [`ScmError::Broken`] when the work folder cannot be written.
    pub fn new(settings: Settings) -> Result<Self, ScmError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("scm-");
        let home = match &settings.work_dir {
            Some(folder) => std::fs::create_dir_all(folder).and_then(|()| builder.tempdir_in(folder)),
            None => builder.tempdir(),
        };
        let home = home.map_err(broken)?;
        let environment = environment::prepare(home.path()).map_err(broken)?;
        Ok(Self { inner: Arc::new(Inner { settings, environment, home }) })
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// An empty folder for one operation.
    pub(crate) fn folder(&self) -> Result<TempDir, ScmError> {
        TempDir::with_prefix_in("operation-", self.inner.home.path()).map_err(broken)
    }

    /// Bounds `operation` on `repository` by [`Settings::timeout`].
    pub(crate) async fn within<T>(
        &self,
        repository: &Repository,
        operation: impl Future<Output = Result<T, ScmError>>,
    ) -> Result<T, ScmError> {
        let bound = self.settings().timeout;
        timeout(bound, operation).await.unwrap_or_else(|_| {
            Err(ScmError::TimedOut { repository: repository.to_string(), seconds: bound.as_secs().max(1) })
        })
    }

    /// Runs git on files that are here.
    pub(crate) async fn local(
        &self,
        repository: &Repository,
        folder: &Path,
        arguments: &[&str],
        input: &str,
    ) -> Result<Output, ScmError> {
        self.call(repository, folder, arguments, input, "").await
    }

    /// Runs git on the network, again after trouble with it. `accepted` picks failures that the caller wants to see.
    pub(crate) async fn remote(
        &self,
        repository: &Repository,
        folder: &Path,
        arguments: &[&str],
        accepted: impl Fn(&str) -> bool,
    ) -> Result<Output, ScmError> {
        let mut pauses = self.settings().pauses();
        loop {
            let output = self.call(repository, folder, arguments, "", repository.transports()).await?;
            if output.success || accepted(&output.stderr) {
                return Ok(output);
            }
            let error = if output.killed && output.stderr.trim().is_empty() {
                // A connection that closes while git writes to it ends git by SIGPIPE, without a word.
                let detail = "the connection was lost".to_owned();
                ScmError::Unreachable { repository: repository.to_string(), detail }
            } else {
                crate::diagnosis::diagnose(&output.stderr, repository)
            };
            let temporary = matches!(error, ScmError::Unreachable { .. });
            let Some(pause) = pauses.next().filter(|_| temporary) else {
                return Err(error);
            };
            tracing::warn!(%repository, %error, ?pause, "trouble with a repository, trying again");
            sleep(pause).await;
        }
    }

    async fn call(
        &self,
        repository: &Repository,
        folder: &Path,
        arguments: &[&str],
        input: &str,
        transports: &str,
    ) -> Result<Output, ScmError> {
        let call = Call {
            folder,
            environment: &self.inner.environment,
            transports,
            arguments,
            input,
            max_output: MAX_ANSWER.max(self.settings().max_document_bytes),
            max_folder: self.settings().max_repository_bytes,
        };
        run(call).await.map_err(|error| match error {
            Broken::Io(error) => broken(error),
            Broken::TooMuch(limit) => ScmError::TooBig { repository: repository.to_string(), limit },
        })
    }
}

/// An error of this machine; its text names no path.
#[expect(clippy::needless_pass_by_value, reason = "shape of map_err")]
fn broken(error: std::io::Error) -> ScmError {
    ScmError::Broken(match error.kind() {
        std::io::ErrorKind::NotFound => {
            "the program git or the folder for temporary files is missing on this machine".into()
        }
        kind => kind.to_string(),
    })
}
