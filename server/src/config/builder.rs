//! The build system.
//!
//! Options: `SYSTEM`, `ARCHES`, `ALLOW_ARCH_OVERRIDE`, `ARCH_AUTODETECT`, `ARCH_FALLBACK`, `NUM_CONCURRENT_BUILDS`,
//! `NUM_THREADS_FOR_BUILD_SUBMISSIONS`, `BUILD_TIMEOUT`, `BUILD_MEMORY_LIMIT`, `BUILD_PROCESS_LIMIT`, `BUILD_DISK_LIMIT`.

use std::time::Duration;

use super::option::{Definition, Group, Kind};
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Build system", options: OPTIONS };

/// `NUM_CONCURRENT_BUILDS: 0` always meant "no limit"; this many is as good.
const UNLIMITED: usize = 1000;

const OPTIONS: &[Definition] = &[
    Definition::new(
        "SYSTEM",
        Kind::Choice(&["rpmbuild", "koji", "mock", "copr"]),
        "koji",
        "Build system. `rpmbuild` builds on the machine of the worker. `koji`, `mock` and `copr` are known names, but not built in yet: the server runs with them, workers do not.",
    ),
    Definition::new("ARCHES", Kind::List, "[x86_64]", "Architectures that modules are built for on `koji` and `copr`."),
    Definition::new(
        "ALLOW_ARCH_OVERRIDE",
        Kind::Bool,
        "false",
        "Components that a document restricts to some architectures are built for these only; otherwise for all of the module.",
    ),
    Definition::new(
        "ARCH_AUTODETECT",
        Kind::Bool,
        "true",
        "On `rpmbuild` and `mock`, build for the architecture of this machine.",
    ),
    Definition::new("ARCH_FALLBACK", Kind::Text, "x86_64", "Architecture on `rpmbuild` and `mock` otherwise."),
    Definition::new(
        "NUM_CONCURRENT_BUILDS",
        Kind::Int(0, 1000),
        "5",
        "Components that are built at the same time, over all modules; 0 is no limit.",
    ),
    Definition::new(
        "NUM_THREADS_FOR_BUILD_SUBMISSIONS",
        Kind::Int(1, 1000),
        "5",
        "Components that are handed to a remote build system at the same time.",
    ),
    Definition::new(
        "BUILD_TIMEOUT",
        Kind::Int(1, 31_536_000),
        "14400",
        "Seconds after which the build of a component on `rpmbuild` is ended.",
    ),
    Definition::new(
        "BUILD_MEMORY_LIMIT",
        Kind::Bytes,
        "4G",
        "Memory that the build of a component on `rpmbuild` may use; 0 is no limit.",
    ),
    Definition::new(
        "BUILD_PROCESS_LIMIT",
        Kind::Int(0, 4_194_304),
        "1024",
        "Processes that the build of a component on `rpmbuild` may have; 0 is no limit.",
    ),
    Definition::new(
        "BUILD_DISK_LIMIT",
        Kind::Bytes,
        "20G",
        "Disk space that the build of a component on `rpmbuild` may fill; 0 is no limit.",
    ),
];

/// The build system.
#[derive(Clone, Debug)]
pub struct Builder {
    /// `SYSTEM`.
    pub system: System,
    /// Architectures to build for: `ARCHES` on remote systems, that of this machine or `ARCH_FALLBACK` on local ones.
    pub arches: Vec<String>,
    /// `ALLOW_ARCH_OVERRIDE`.
    pub allow_arch_override: bool,
    /// `NUM_CONCURRENT_BUILDS`, never 0.
    pub concurrent_builds: usize,
    /// `BUILD_TIMEOUT`.
    pub timeout: Duration,
    /// `BUILD_MEMORY_LIMIT` in bytes.
    pub memory_limit: Option<u64>,
    /// `BUILD_PROCESS_LIMIT`.
    pub process_limit: Option<u64>,
    /// `BUILD_DISK_LIMIT` in bytes.
    pub disk_limit: Option<u64>,
}

/// A build system by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// On this machine, in namespaces.
    Rpmbuild,
    /// A Koji hub.
    Koji,
    /// `mock` on this machine.
    Mock,
    /// A Copr server.
    Copr,
}

impl System {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rpmbuild => "rpmbuild",
            Self::Koji => "koji",
            Self::Mock => "mock",
            Self::Copr => "copr",
        }
    }

    fn named(name: &str) -> Self {
        let known = [Self::Rpmbuild, Self::Mock, Self::Copr].into_iter().find(|system| system.name() == name);
        known.unwrap_or(Self::Koji)
    }

    /// Whether it builds on the machine of the worker.
    pub fn is_local(self) -> bool {
        matches!(self, Self::Rpmbuild | Self::Mock)
    }

    /// Whether this program can build with it.
    pub fn is_built_in(self) -> bool {
        self == Self::Rpmbuild
    }
}

impl Builder {
    pub(super) fn new(settings: &Settings) -> Self {
        let system = System::named(&settings.text("SYSTEM"));
        let limit = |name| Some(settings.number(name)).filter(|limit| *limit > 0);
        Self {
            system,
            arches: if system.is_local() { vec![local_arch(settings)] } else { settings.list("ARCHES") },
            allow_arch_override: settings.flag("ALLOW_ARCH_OVERRIDE"),
            concurrent_builds: match settings.count("NUM_CONCURRENT_BUILDS") {
                0 => UNLIMITED,
                limit => limit,
            },
            timeout: settings.seconds("BUILD_TIMEOUT"),
            memory_limit: limit("BUILD_MEMORY_LIMIT"),
            process_limit: limit("BUILD_PROCESS_LIMIT"),
            disk_limit: limit("BUILD_DISK_LIMIT"),
        }
    }
}

/// The architecture as RPM names it.
fn local_arch(settings: &Settings) -> String {
    let little = cfg!(target_endian = "little");
    match std::env::consts::ARCH {
        _ if !settings.flag("ARCH_AUTODETECT") => settings.text("ARCH_FALLBACK"),
        "powerpc64" if little => "ppc64le".to_owned(),
        "powerpc64" => "ppc64".to_owned(),
        "x86" => "i686".to_owned(),
        "arm" => "armv7hl".to_owned(),
        arch => arch.to_owned(),
    }
}
