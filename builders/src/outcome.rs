//! What a builder answers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Answer of [`crate::Builder::build`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildStart {
    /// A remote system works on it under this number.
    Task(i64),
    /// A local system is done with it.
    Finished(Outcome),
}

/// State of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Waiting or running.
    Running {
        /// Number on the remote system.
        task: i64,
    },
    /// It ended.
    Finished(Outcome),
}

/// How the build of a component ended. Local builders keep it in the results folder as `result.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// RPMs exist.
    Complete {
        /// Name, version and release of the source package.
        nvr: String,
        /// All packages, source package included.
        rpms: Vec<BuiltRpm>,
    },
    /// It did not build.
    Failed(Failure),
    /// It was stopped on request.
    Canceled,
}

/// One RPM file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BuiltRpm {
    /// Package name.
    pub name: String,
    /// Epoch, version, release and architecture as `name-epoch:version-release.arch`; `.src` for the source package.
    pub nevra: String,
    /// File name.
    pub file: String,
    /// Licence tag.
    pub license: String,
}

impl BuiltRpm {
    /// Name, version and release, as `xmd.mbs.buildrequires.*.filtered_rpms` names packages.
    pub fn nvr(&self) -> String {
        let without_arch = self.nevra.rsplit_once('.').map_or(self.nevra.as_str(), |(rest, _)| rest);
        let evr = without_arch.strip_prefix(&format!("{}-", self.name)).unwrap_or_default();
        let vr = evr.split_once(':').map_or(evr, |(_, vr)| vr);
        format!("{}-{vr}", self.name)
    }
}

/// Why a component did not build. Its `Display` is what the user reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Who has to act.
    pub kind: FailureKind,
    /// Where it happened.
    pub phase: Phase,
    /// The first real error line of the log, or what was missing.
    pub message: String,
    /// Line of the log that `message` stands in, from 1, where there is one.
    pub log_line: Option<u64>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.phase, self.message)?;
        match self.log_line {
            Some(line) => write!(f, " (log line {line})"),
            None => Ok(()),
        }
    }
}

/// Who has to act on a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The packager: the sources do not build.
    User,
    /// The operator: disk full, tool missing.
    Infra,
    /// The packager: something it needs is not in the buildroot.
    Dependency,
    /// The component took longer than allowed.
    Timeout,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::User, Self::Infra, Self::Dependency, Self::Timeout];

    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Infra => "infra",
            Self::Dependency => "dependency",
            Self::Timeout => "timeout",
        }
    }
}

/// Where in its build a component failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Getting the sources.
    Source,
    /// Reading the spec file.
    Spec,
    /// Checking build requirements.
    BuildRequires,
    /// `%prep`.
    Prep,
    /// `%build`.
    Build,
    /// `%install`.
    Install,
    /// `%check`.
    Check,
    /// Making the packages.
    Package,
    /// Around the build: sandbox, limits, results.
    System,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Source,
        Self::Spec,
        Self::BuildRequires,
        Self::Prep,
        Self::Build,
        Self::Install,
        Self::Check,
        Self::Package,
        Self::System,
    ];

    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Spec => "spec",
            Self::BuildRequires => "build_requires",
            Self::Prep => "prep",
            Self::Build => "build",
            Self::Install => "install",
            Self::Check => "check",
            Self::Package => "package",
            Self::System => "system",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "fetching sources",
            Self::Spec => "reading the spec file",
            Self::BuildRequires => "checking build requirements",
            Self::Prep => "%prep",
            Self::Build => "%build",
            Self::Install => "%install",
            Self::Check => "%check",
            Self::Package => "packaging",
            Self::System => "build environment",
        })
    }
}

/// The build system could not be used; the call may be repeated later unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum BuilderError {
    /// Repeating may help: disk full, hub not reachable, tool killed.
    #[error("{0}")]
    Unavailable(String),
    /// Repeating does not help: the request itself cannot be carried out.
    #[error("{0}")]
    Impossible(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoch_and_architecture_are_no_part_of_an_nvr() {
        let rpm = |nevra: &str| BuiltRpm {
            name: "a-b".into(),
            nevra: nevra.into(),
            file: String::new(),
            license: String::new(),
        };
        assert_eq!(rpm("a-b-0:1.2-3.module+x.noarch").nvr(), "a-b-1.2-3.module+x");
        assert_eq!(rpm("a-b-1.2-3.x86_64").nvr(), "a-b-1.2-3");
    }
}
