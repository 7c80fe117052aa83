//! The command line of `rpmbuild` and the sandbox around it.

use std::ffi::OsString;
use std::path::Path;

use super::host::{HOME, Host};
use super::repository::Repository;
use super::sandbox::{Mount, Sandbox, User};
use super::settings::Settings;
use super::source::Spec;

/// How to run `rpmbuild`.
#[derive(Clone, Debug)]
pub(super) struct RpmCommand {
    /// Make the source package only.
    pub source_only: bool,
    /// Insist on build requirements.
    pub check_requirements: bool,
    /// What to build.
    pub spec: Spec,
}

impl RpmCommand {
    fn line(&self, settings: &Settings, host: &Host) -> Vec<OsString> {
        let sources = Path::new(HOME).join("SOURCES");
        let mut line: Vec<OsString> = vec!["rpmbuild".into(), if self.source_only { "-bs" } else { "-ba" }.into()];
        if self.source_only || !self.check_requirements {
            line.push("--nodeps".into());
        }
        let mut define = |name: &str, value: &str| {
            line.push("--define".into());
            line.push(format!("{name} {value}").into());
        };
        let folder = |relative: &Path| sources.join(relative).to_string_lossy().into_owned();
        define("_topdir", HOME);
        define("_sourcedir", &folder(&self.spec.sources));
        define("_specdir", &folder(self.spec.file.parent().unwrap_or(Path::new(""))));
        define("_smp_mflags", &format!("-j{}", settings.parallelism));
        define("_smp_build_ncpus", &settings.parallelism.to_string());
        define("_buildhost", "builder");
        if !host.makes_debuginfo {
            define("debug_package", "%{nil}");
        }
        line.push(sources.join(&self.spec.file).into());
        line
    }
}

/// The sandbox of a build: a repository as the system, a build folder, nothing else.
pub(super) fn sandbox(
    settings: &Settings,
    host: &Host,
    repository: &Repository,
    folder: &Path,
    command: &RpmCommand,
) -> Sandbox {
    let mount = |outside: &Path, inside: &Path, writable| Mount {
        outside: outside.to_owned(),
        inside: inside.to_owned(),
        writable,
    };
    Sandbox {
        layers_folder: repository.folder.clone(),
        trees: repository.trees(),
        mounts: vec![
            mount(&folder.join("build"), Path::new(HOME), true),
            mount(&folder.join("tmp"), Path::new("/tmp"), true),
            mount(&folder.join("var-tmp"), Path::new("/var/tmp"), true),
            mount(&repository.database(), &host.database_inside, false),
        ],
        user: User::Builder,
        command: command.line(settings, host),
        environment: vec![
            ("USER", "builder".to_owned()),
            ("LOGNAME", "builder".to_owned()),
            ("TMPDIR", "/tmp".to_owned()),
        ],
        limits: settings.limits.clone(),
        disk_folder: folder.to_owned(),
    }
}
