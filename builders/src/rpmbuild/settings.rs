//! What an operator can set for the `rpmbuild` builder.

use std::path::PathBuf;
use std::time::Duration;

/// Settings of [`crate::rpmbuild::RpmBuild`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where results are kept: a folder for every module build, named by its tag.
    pub results_dir: PathBuf,
    /// Where builds run and git repositories are cached. May be on another, faster file system than the results.
    pub work_dir: PathBuf,
    /// How many processes a build may use at once (`%_smp_mflags`).
    pub parallelism: u32,
    /// What one build may use.
    pub limits: Limits,
    /// How long a git server may take to hand out one commit.
    pub git_timeout: Duration,
    /// URL schemes that sources may be fetched by, `git+` left out.
    pub allowed_schemes: Vec<String>,
    /// User and group that builds run as when the service itself runs as root; otherwise they run as the user of the service.
    pub build_user: (u32, u32),
    /// Files and folders below `/etc` and `/usr` that builds must not see, e.g. those with passwords of the service.
    pub hidden_paths: Vec<PathBuf>,
}

/// What one build may use. Going over ends it with a sentence that names the limit; `u64::MAX` is no limit.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From start to end.
    pub time: Duration,
    /// Bytes of memory of all its processes together.
    pub memory: u64,
    /// Processes and threads at the same time.
    pub processes: u64,
    /// Bytes on disk of all files it made, and of any one file.
    pub disk: u64,
    /// Bytes of its log.
    pub log: u64,
}

const GIB: u64 = 1 << 30;

impl Default for Limits {
    /// Six hours, 8 GiB of memory (on a small host three quarters of what it has), 4096 processes, 40 GiB of disk, 256 MiB of
    /// log.
    fn default() -> Self {
        Self {
            time: Duration::from_hours(6),
            memory: (8 * GIB).min(memory_of_host() / 4 * 3),
            processes: 4096,
            disk: 40 * GIB,
            log: GIB / 4,
        }
    }
}

fn memory_of_host() -> u64 {
    let info = rustix::system::sysinfo();
    u64::from(info.mem_unit).saturating_mul(info.totalram)
}

impl Settings {
    /// Settings that fit most hosts; the working folder is inside of the results folder, so results are renamed into place.
    pub fn new(results_dir: impl Into<PathBuf>) -> Self {
        let results_dir = results_dir.into();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            work_dir: results_dir.join(".work"),
            results_dir,
            parallelism: u32::try_from(processors).unwrap_or(1),
            limits: Limits::default(),
            git_timeout: Duration::from_mins(5),
            allowed_schemes: ["file", "git", "http", "https", "ssh"].map(str::to_owned).to_vec(),
            build_user: (65534, 65534),
            hidden_paths: vec![PathBuf::from("/etc/module-build-service")],
        }
    }
}
