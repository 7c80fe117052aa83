//! Runs rpmbuild and turns the way it ends into an outcome.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::path::Path;

use modulemd::ModuleStream;
use modulemd::yaml::Node;

use super::collect::stored_outcome;
use super::component::Work;
use super::error;
use super::log::{Finding, scan};
use super::repository::Repository;
use super::requires::{self, Known, Verdict};
use super::rpm_command::{RpmCommand, sandbox};
use super::sandbox::{Ended, Exceeded, Sink, run};
use super::source::Spec;
use crate::{BuilderError, Failure, FailureKind, Outcome, Stop};

impl Work<'_> {
    /// `Ok(None)` if stopped.
    pub(super) async fn rpmbuild(
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
        let Ended::Exited(code @ 1.., _) = first else { return self.conclude(&first) };
        let missing = requires::missing(&self.log_text()?);
        if missing.is_empty() {
            return self.conclude(&Ended::Exited(code, Vec::new()));
        }
        let known = self.known(repository, host.has_rpms)?;
        match requires::decide(missing, &known) {
            Verdict::Fail(failure) => Ok(Err(failure)),
            Verdict::OfHost(names) => {
                let note = format!("Not known to RPM on this host and taken for installed: {}\n", names.join(", "));
                self.write_log(&note)?;
                command.check_requirements = false;
                let ended = self.run(repository, &command, stop).await?;
                self.conclude(&ended)
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
            .chain(included(&module.modulemd))
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

    fn conclude(&self, ended: &Ended) -> Result<Result<Option<()>, Failure>, BuilderError> {
        match ended {
            Ended::Exited(0, _) => Ok(Ok(Some(()))),
            Ended::Stopped => Ok(Ok(None)),
            Ended::NotSetUp(_) => Err(self.not_set_up()),
            Ended::Exceeded(limit) => Ok(Err(exceeded(*limit, &self.finding()?))),
            Ended::Exited(code, _) => {
                let finding = self.finding()?;
                if finding.disk_full && is_nearly_full(&self.folder) {
                    return Err(error::disk_full(&format!("building {}", self.request.package)));
                }
                Ok(Err(failed(*code, finding)))
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

/// Components of the modules that it includes: the document names them only beside their commits.
fn included(document: &ModuleStream) -> impl Iterator<Item = String> {
    let commits = document.mbs().and_then(|mbs| mbs.get("rpms")).and_then(Node::as_map);
    let names = commits.into_iter().flat_map(BTreeMap::keys);
    names.filter(|name| !document.rpm_components.contains_key(*name)).cloned()
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
