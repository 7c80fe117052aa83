//! A command in namespaces of its own.
//!
//! Nothing of the host is writable in there but the folders given as writable; there is no network, not even the host's
//! loopback; no process outlives the command, nor the service. How, and why so: `docs/adr/0004-rpmbuild-isolation.md`.

mod arguments;
mod disk;
mod launch;
mod processes;
mod run;
mod status;
mod watch;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::host::Host;
use super::settings::{Limits, Settings};

pub(super) use launch::Sink;
pub(super) use run::{Ended, run};
pub(super) use watch::Exceeded;

/// What is mounted at a folder in `/` from the layers of a repository, newest first, paths relative to
/// [`Sandbox::layers_folder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tree {
    /// Name in `/`, e.g. `usr`.
    pub name: String,
    /// Layers on top of each other; an absolute path is of the host.
    pub layers: Vec<String>,
}

/// A folder of the host inside the sandbox.
#[derive(Clone, Debug)]
pub(super) struct Mount {
    /// Where it is on the host.
    pub outside: PathBuf,
    /// Where it is inside.
    pub inside: PathBuf,
    /// The command may change it.
    pub writable: bool,
}

/// Who the command believes to be. On the host it is always an ordinary user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// User 1000 without any rights, as builds run.
    Builder,
    /// Root over files of its own only, to unpack and to delete.
    Root,
}

/// A sandbox to run one command in.
#[derive(Clone, Debug)]
pub(super) struct Sandbox {
    /// Where relative paths of layers start.
    pub layers_folder: PathBuf,
    /// Folders in `/`. Where `usr` or `etc` is not among them, the host's is seen.
    pub trees: Vec<Tree>,
    /// Further folders.
    pub mounts: Vec<Mount>,
    /// Who it runs as.
    pub user: User,
    /// The command, found in `/usr/bin` and `/usr/sbin`.
    pub command: Vec<OsString>,
    /// Environment besides `PATH`, `HOME` and the locale.
    pub environment: Vec<(&'static str, String)>,
    /// What it may use.
    pub limits: Limits,
    /// All that it writes to disk is below this folder of the host.
    pub disk_folder: PathBuf,
}

impl Sandbox {
    /// A sandbox with the host's `/usr` and `/etc` for a short command of ours over files of builds.
    pub(super) fn tool(settings: &Settings, disk_folder: PathBuf, command: Vec<OsString>) -> Self {
        Self {
            layers_folder: disk_folder.clone(),
            trees: Vec::new(),
            mounts: Vec::new(),
            user: User::Root,
            command,
            environment: Vec::new(),
            limits: Limits { time: Duration::from_mins(30), ..settings.limits.clone() },
            disk_folder,
        }
    }

    /// Adds a folder of the host.
    pub(super) fn mount(mut self, outside: impl Into<PathBuf>, inside: impl Into<PathBuf>, writable: bool) -> Self {
        self.mounts.push(Mount { outside: outside.into(), inside: inside.into(), writable });
        self
    }

    /// The command line that makes the sandbox and runs the command in it.
    fn command_line(&self, host: &Host, settings: &Settings, status: &std::path::Path) -> Vec<OsString> {
        arguments::command_line(self, host, settings, status)
    }
}
