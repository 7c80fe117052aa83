//! Builds one component.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

use super::collect::{NewResult, stored_outcome};
use super::lock::Lock;
use super::repository::Repository;
use super::{RpmBuild, discard, error, layout, source};
use crate::{BuildStart, BuilderError, ComponentRequest, Failure, Outcome, Stop, TaskState};

/// What [`crate::Builder::find_task`] answers.
pub(super) fn find(builder: &RpmBuild, request: &ComponentRequest) -> Result<Option<TaskState>, BuilderError> {
    let layout = &builder.layout;
    let folder = layout.attempt(&request.module.tag, &request.package, request.attempt)?;
    if let Some(outcome) = stored_outcome(&folder)? {
        return Ok(Some(TaskState::Finished(outcome)));
    }
    let running = Lock::is_taken(&layout.lock(request)?)?;
    Ok(running.then_some(TaskState::Running { task: i64::from(request.component_id) }))
}

/// What [`crate::Builder::build`] does. Nothing is written down of a build that was stopped: the one who stopped it may have
/// lost its lease only, and the next one builds it.
pub(super) async fn build(
    builder: &RpmBuild,
    request: &ComponentRequest,
    mut stop: Stop,
) -> Result<BuildStart, BuilderError> {
    let folder = builder.layout.attempt(&request.module.tag, &request.package, request.attempt)?;
    let Some(_lock) = lock(builder, request, &mut stop).await? else {
        return Ok(BuildStart::Finished(Outcome::Canceled));
    };
    if let Some(outcome) = stored_outcome(&folder)? {
        return Ok(BuildStart::Finished(outcome));
    }
    let work = Work::create(builder, request)?;
    let outcome = tokio::select! {
        outcome = work.outcome(stop.clone()) => outcome,
        () = stopped_long_ago(&mut stop) => Ok(Outcome::Canceled),
    };
    work.discard();
    outcome.map(BuildStart::Finished)
}

async fn stopped(stop: &mut Stop) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A sandbox heeds `stop` itself and leaves no process; everything else is short, or not worth waiting for.
async fn stopped_long_ago(stop: &mut Stop) {
    stopped(stop).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// Waits for another worker that still builds it. `None` if stopped meanwhile.
async fn lock(builder: &RpmBuild, request: &ComponentRequest, stop: &mut Stop) -> Result<Option<Lock>, BuilderError> {
    let path = builder.layout.lock(request)?;
    loop {
        if let Some(lock) = Lock::try_take(&path)? {
            return Ok(Some(lock));
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
            () = stopped(stop) => return Ok(None),
        }
    }
}

/// A build in progress.
pub(super) struct Work<'a> {
    pub(super) builder: &'a RpmBuild,
    pub(super) request: &'a ComponentRequest,
    /// Holds `build`, which builds see as their home, and their temporary folders.
    pub(super) folder: PathBuf,
    pub(super) log: PathBuf,
}

impl<'a> Work<'a> {
    fn create(builder: &'a RpmBuild, request: &'a ComponentRequest) -> Result<Self, BuilderError> {
        let layout = &builder.layout;
        let logs = layout.logs(&request.module.tag)?;
        layout::create_folder(&logs)?;
        let log = logs.join(format!("{}.log", request.package));
        // That of an earlier attempt is kept beside its result.
        let _ = fs::remove_file(&log);
        File::create(&log).map_err(error::io("write a log", &log))?;
        let builds = layout.builds(&request.module.tag)?;
        layout::create_folder(&builds)?;
        let folder = builds.join(format!("{}.{}", request.package, request.attempt));
        if folder.exists() {
            // A worker was killed; its processes are gone or will be in a moment.
            discard::discard(layout, &folder);
        }
        let work = Self { builder, request, folder, log };
        for name in ["build/SOURCES", "tmp", "var-tmp"] {
            layout::create_folder(&work.folder.join(name)).inspect_err(|_| work.discard())?;
        }
        Ok(work)
    }

    fn discard(&self) {
        discard::discard(&self.builder.layout, &self.folder);
    }

    async fn outcome(&self, stop: Stop) -> Result<Outcome, BuilderError> {
        let result = NewResult::new(self.builder, self.request)?;
        let outcome = match self.make(&result, stop).await? {
            Ok(outcome) => outcome,
            Err(failure) => Outcome::Failed(failure),
        };
        if outcome != Outcome::Canceled {
            result.publish(&outcome, &self.log)?;
        }
        Ok(outcome)
    }

    /// From sources to packages. The inner error is for the packager.
    async fn make(&self, result: &NewResult, stop: Stop) -> Result<Result<Outcome, Failure>, BuilderError> {
        let repository = self.repository()?;
        let sources = self.folder.join("build/SOURCES");
        if let Err(failure) = source::fetch(self.builder, self.request, &sources).await? {
            return self.fail(failure);
        }
        let spec = match source::find_spec(&sources, &self.request.package) {
            Ok(spec) => spec,
            Err(failure) => return self.fail(failure),
        };
        for name in ["build", "tmp", "var-tmp"] {
            self.builder.give_to_builds(&self.folder.join(name))?;
        }
        match self.rpmbuild(&repository, &spec, stop).await? {
            Ok(Some(())) => result.take_rpms(self.builder, &self.folder.join("build")).await,
            Ok(None) => Ok(Ok(Outcome::Canceled)),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// A failure before rpmbuild wrote anything: the log says so as well.
    fn fail<T>(&self, failure: Failure) -> Result<Result<T, Failure>, BuilderError> {
        self.write_log(&format!("error: {}\n", failure.message))?;
        Ok(Err(failure))
    }

    pub(super) fn write_log(&self, text: &str) -> Result<(), BuilderError> {
        fs::write(&self.log, text).map_err(error::io("write a log", &self.log))
    }

    fn repository(&self) -> Result<Repository, BuilderError> {
        let module = &self.request.module;
        let folder = self.builder.layout.repositories(&module.tag)?;
        Repository::open(&folder, self.request.repository)?.ok_or_else(|| {
            BuilderError::Impossible(format!(
                "repository {} of {} does not exist; it has to be made first",
                self.request.repository, module.nsvc
            ))
        })
    }
}
