//! Folders.
//!
//! Options: `STATE_DIR`, `RESULTS_DIR`, `WORK_DIR`, `BUILD_LOGS_DIR`, `BUILD_LOGS_NAME_FORMAT`, `CACHE_DIR`.

use std::path::PathBuf;

use super::option::{Definition, Group, Kind};
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Folders", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "STATE_DIR",
        Kind::Path,
        "/var/lib/module-build-service",
        "Folder of everything that the service keeps and that no other option puts elsewhere.",
    ),
    Definition::new(
        "RESULTS_DIR",
        Kind::Path,
        "",
        "Folder of the finished repositories and of the logs of components, for the `rpmbuild` system; empty is `results` in `STATE_DIR`.",
    ),
    Definition::new(
        "WORK_DIR",
        Kind::Path,
        "",
        "Folder of what exists only while something is built or fetched; empty is `work` in `STATE_DIR`.",
    ),
    Definition::new(
        "BUILD_LOGS_DIR",
        Kind::Path,
        "/tmp",
        "Folder of the logs of module builds, on the worker that cleans up after a build; empty is `logs` in `STATE_DIR`. A log is written when the build has ended, and removed when it becomes garbage.",
    ),
    Definition::new(
        "BUILD_LOGS_NAME_FORMAT",
        Kind::Text,
        "build-{id}.log",
        "Name of a module build's log; `{id}`, `{name}`, `{stream}`, `{version}` and `{context}` are replaced.",
    ),
    Definition::new("CACHE_DIR", Kind::Path, "/tmp/mbs", "Folder for what can be fetched again."),
];

/// Folders, all absolute. None of them is made by reading the configuration.
#[derive(Clone, Debug)]
pub struct Folders {
    /// `STATE_DIR`.
    pub state: PathBuf,
    /// `RESULTS_DIR`.
    pub results: PathBuf,
    /// `WORK_DIR`.
    pub work: PathBuf,
    /// `BUILD_LOGS_DIR`.
    pub build_logs: PathBuf,
    /// `BUILD_LOGS_NAME_FORMAT`.
    pub build_logs_name_format: String,
    /// `CACHE_DIR`.
    pub cache: PathBuf,
}

impl Folders {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            state: settings.path_or_state("STATE_DIR", ""),
            results: settings.path_or_state("RESULTS_DIR", "results"),
            work: settings.path_or_state("WORK_DIR", "work"),
            build_logs: settings.path_or_state("BUILD_LOGS_DIR", "logs"),
            build_logs_name_format: settings.text("BUILD_LOGS_NAME_FORMAT"),
            cache: settings.path_or_state("CACHE_DIR", "cache"),
        }
    }
}
