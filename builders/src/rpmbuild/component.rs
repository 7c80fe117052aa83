//! Builds one component.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::collect::{NewResult, stored_outcome};
use super::lock::Lock;
use super::log::{Finding, scan};
use super::repository::Repository;
use super::requires::{self, Known, Verdict};
use super::rpm_command::{RpmCommand, sandbox};
use super::sandbox::{Ended, Exceeded, Sink, run};
use super::source::{self, Spec};
use super::{RpmBuild, copying, discard, error, layout};
use crate::{BuildStart, BuilderError, ComponentRequest, Failure, FailureKind, Outcome, Stop, TaskState};

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
        () = stopped(&mut stop) => Ok(Outcome::Canceled),
    };
    work.discard();
    outcome.map(BuildStart::Finished)
}

async fn stopped(stop: &mut Stop) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
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
struct Work<'a> {
    builder: &'a RpmBuild,
    request: &'a ComponentRequest,
    folder: PathBuf,
    log: PathBuf,
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
        let folder = tempfile::Builder::new()
            .prefix(&format!("{}-", request.package))
            .tempdir_in(&builds)
            .map_err(error::io("make a build folder", &builds))?
            .keep();
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
            copying::own(&self.log).map_err(error::io("keep a log", &self.log))?;
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

    fn write_log(&self, text: &str) -> Result<(), BuilderError> {
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

    /// `Ok(None)` if stopped.
    async fn rpmbuild(
        &self,
        repository: &Repository,
        spec: &Spec,
        stop: Stop,
    ) -> Result<Result<Option<()>, Failure>, BuilderError> {
        let host = self.builder.host().await?;
        let mut command = RpmCommand {
            // Not for this architecture: the source package is made, as a build system with several architectures would have it.
            source_only: !self.request.arches.is_empty() && !self.request.arches.contains(&host.arch),
            check_requirements: true,
            spec: spec.clone(),
        };
        let first = self.run(repository, &command, stop.clone()).await?;
        let Ended::Exited(code @ 1.., _) = first else { return self.conclude(first) };
        let missing = requires::missing(&self.log_text()?);
        if missing.is_empty() {
            return self.conclude(Ended::Exited(code, Vec::new()));
        }
        let known = self.known(repository, host.has_rpms)?;
        match requires::decide(missing, &known) {
            Verdict::Fail(failure) => Ok(Err(failure)),
            Verdict::OfHost(names) => {
                let note = format!("Not known to RPM on this host and taken for installed: {}\n", names.join(", "));
                self.write_log(&note)?;
                command.check_requirements = false;
                let ended = self.run(repository, &command, stop).await?;
                self.conclude(ended)
            }
        }
    }

    async fn run(&self, repository: &Repository, command: &RpmCommand, stop: Stop) -> Result<Ended, BuilderError> {
        let host = self.builder.host().await?;
        let settings = &self.builder.settings;
        let sandbox = sandbox(settings, host, repository, &self.folder, command);
        let log = OpenOptions::new().append(true).open(&self.log).map_err(error::io("write a log", &self.log))?;
        run(&sandbox, host, settings, Sink::Log(log, settings.limits.log), stop).await
    }

    fn log_text(&self) -> Result<String, BuilderError> {
        // The complaint about requirements is all there is; a longer log is of a build.
        let bytes = fs::read(&self.log).map_err(error::io("read a log", &self.log))?;
        Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 20)]).into_owned())
    }

    fn known<'r>(&'r self, repository: &'r Repository, host_has_rpms: bool) -> Result<Known<'r>, BuilderError> {
        let module = &self.request.module;
        let components = self.builder.layout.components(&module.tag)?;
        let inside = |name: &str| repository.manifest.components.iter().any(|one| one.package == name);
        let not_in_buildroot = module
            .modulemd
            .rpm_components
            .iter()
            .map(|(key, component)| component.source_name.clone().unwrap_or_else(|| key.clone()))
            .filter(|name| !inside(name))
            .map(|name| (name.clone(), package_names(&components.join(name))))
            .collect();
        Ok(Known {
            package: &self.request.package,
            host_has_rpms,
            in_buildroot: &repository.manifest.packages,
            not_in_buildroot,
        })
    }

    fn conclude(&self, ended: Ended) -> Result<Result<Option<()>, Failure>, BuilderError> {
        match ended {
            Ended::Exited(0, _) => Ok(Ok(Some(()))),
            Ended::Stopped => Ok(Ok(None)),
            Ended::NotSetUp(_) => Err(self.not_set_up()),
            Ended::Exceeded(limit) => Ok(Err(exceeded(limit, &self.finding()?))),
            Ended::Exited(code, _) => {
                let finding = self.finding()?;
                if finding.disk_full && is_nearly_full(&self.folder) {
                    return Err(error::disk_full(&format!("building {}", self.request.package)));
                }
                Ok(Err(failed(code, finding)))
            }
        }
    }

    fn finding(&self) -> Result<Finding, BuilderError> {
        File::open(&self.log).map(scan).map_err(error::io("read a log", &self.log))
    }

    fn not_set_up(&self) -> BuilderError {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let reason = text.lines().last().unwrap_or("it was killed from outside");
        BuilderError::Unavailable(format!("the build environment could not be set up: {reason}"))
    }
}

fn failed(code: i32, finding: Finding) -> Failure {
    let message = finding.message.unwrap_or_else(|| match code {
        // As the shell tells of a signal.
        129..=192 => format!("rpmbuild was killed by signal {}", code - 128),
        _ => format!("rpmbuild ended with status {code}"),
    });
    Failure { kind: FailureKind::User, phase: finding.phase, message, log_line: finding.line }
}

fn exceeded(limit: Exceeded, finding: &Finding) -> Failure {
    let kind = if matches!(limit, Exceeded::Time(_)) { FailureKind::Timeout } else { FailureKind::User };
    Failure { kind, phase: finding.phase, message: format!("{limit} and was stopped"), log_line: None }
}

/// Names of the packages that the attempts at a component made.
fn package_names(component: &Path) -> Vec<String> {
    let attempts = fs::read_dir(component).into_iter().flatten().flatten();
    let outcomes = attempts.filter_map(|attempt| stored_outcome(&attempt.path()).ok().flatten());
    outcomes
        .filter_map(|outcome| match outcome {
            Outcome::Complete { rpms, .. } => Some(rpms),
            _ => None,
        })
        .flatten()
        .map(|rpm| rpm.name)
        .collect()
}

/// Under one percent or 16 MiB left.
fn is_nearly_full(folder: &Path) -> bool {
    rustix::fs::statvfs(folder)
        .is_ok_and(|fs| fs.f_bavail < fs.f_blocks / 100 || fs.f_bavail.saturating_mul(fs.f_frsize) < 16 << 20)
}
