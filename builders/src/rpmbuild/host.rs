//! What has to be known about the machine before anything can be built on it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::BuilderError;

/// The home folder of builds, where their build folder is mounted.
pub(super) const HOME: &str = "/builddir";

/// Facts that do not change while the service runs.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// Architecture that RPM builds for here, e.g. `x86_64`.
    pub arch: String,
    /// The host itself is made of RPMs, so its database says what is installed.
    pub has_rpms: bool,
    /// Its RPM database, where there is one.
    pub database: Option<PathBuf>,
    /// Where the database is inside a build. Repository 0 holds a macro file that says so.
    pub database_inside: PathBuf,
    /// Debug packages can be made.
    pub makes_debuginfo: bool,
    /// Symbolic links in `/` that builds need, e.g. `bin` to `usr/bin`.
    pub root_links: BTreeMap<String, PathBuf>,
    /// The service runs as root.
    pub root: bool,
    /// A folder to mount on in the private mount namespace of a sandbox; nothing that is needed is below it.
    pub staging: PathBuf,
}

impl Host {
    /// Asks RPM and looks at `/`. `in_use` are folders that sandboxes need to see.
    pub(super) async fn probe(in_use: &[&Path]) -> Result<Self, BuilderError> {
        let own = rpm_macros(None).await?;
        let inside = rpm_macros(Some(HOME)).await?;
        let database = PathBuf::from(&own.database);
        Ok(Self {
            arch: own.arch,
            has_rpms: rpm(&["-q", "--quiet", "--whatprovides", "rpm"], None).await.is_ok(),
            database: database.is_dir().then_some(database),
            database_inside: place_of_database(inside.database),
            makes_debuginfo: Path::new(&own.find_debuginfo).is_file(),
            root_links: root_links(),
            root: rustix::process::geteuid().is_root(),
            staging: staging(in_use)?,
        })
    }
}

/// Where it is looked for, unless that is in the home folder (Debian), where every build could change it.
fn place_of_database(path: String) -> PathBuf {
    if path.starts_with(HOME) { PathBuf::from("/var/lib/rpm") } else { PathBuf::from(path) }
}

struct RpmMacros {
    arch: String,
    database: String,
    find_debuginfo: String,
}

async fn rpm_macros(home: Option<&str>) -> Result<RpmMacros, BuilderError> {
    let text = rpm(&["-E", "%{_target_cpu}\n%{_dbpath}\n%{?__find_debuginfo}"], home).await?;
    let mut lines = text.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let macros = RpmMacros { arch: next(), database: next(), find_debuginfo: next() };
    if macros.arch.is_empty() || !macros.database.starts_with('/') {
        return Err(BuilderError::Impossible("rpm on this host does not know its architecture and database".into()));
    }
    Ok(macros)
}

async fn rpm(arguments: &[&str], home: Option<&str>) -> Result<String, BuilderError> {
    let mut command = Command::new("rpm");
    command.args(arguments).env("LC_ALL", "C").kill_on_drop(true);
    if let Some(home) = home {
        command.env("HOME", home);
    }
    let output = command.output().await.map_err(|error| {
        BuilderError::Unavailable(format!("rpm could not be started ({}); install rpm and rpmbuild", error.kind()))
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(BuilderError::Unavailable(format!("rpm on this host does not work: {reason}")))
}

fn root_links() -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir("/").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, fs::read_link(entry.path()).ok()?)))
        .filter(|(_, target)| target.strip_prefix("/").unwrap_or(target).starts_with("usr"))
        .collect()
}

fn staging(in_use: &[&Path]) -> Result<PathBuf, BuilderError> {
    ["/mnt", "/media", "/srv", "/boot", "/home"]
        .iter()
        .map(PathBuf::from)
        .find(|folder| folder.is_dir() && !in_use.iter().any(|path| path.starts_with(folder)))
        .ok_or_else(|| {
            BuilderError::Impossible("the host has none of the folders /mnt, /media, /srv to mount on".into())
        })
}

/// Whether a command is installed.
pub(super) fn has_command(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .any(|folder| folder.join(OsStr::new(name)).is_file())
}
