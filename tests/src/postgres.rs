//! A PostgreSQL cluster of its own.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Process, free_port, unprivileged};
use crate::wait::{LONG, until_true};

/// A cluster with one user, `mbs`, and its database.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    process: Option<Process>,
    folder: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts it; as an ordinary user where the tests run as root.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("mbs-postgres-").unwrap();
        if rustix::process::geteuid().is_root() {
            chown(folder.path(), Some(65534), Some(65534)).unwrap();
        }
        let data = folder.path().join("data");
        initialize(&data);
        let port = free_port();
        let mut command = unprivileged(&tool("postgres"));
        command.arg("-D").arg(&data).args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c"]);
        command.arg(format!("unix_socket_directories={}", folder.path().display())).args(["-p", &port.to_string()]);
        command.current_dir(folder.path());
        let process = Process::start("postgres", &mut command, &folder.path().join("postgres.log"));
        let postgres = Self { port, process: Some(process), folder };
        until_true("PostgreSQL to answer", LONG, async || entities::db::connect(&postgres.url(), 1).await.is_ok())
            .await;
        postgres
    }

    /// Its address, as SQLAlchemy writes it.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of another database of it.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgresql://mbs@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(process) = &self.process
        {
            println!("---- PostgreSQL in {} ----\n{}", self.folder.path().display(), process.output());
        }
        // Before its folder goes.
        self.process = None;
    }
}

fn initialize(data: &Path) {
    let mut command = unprivileged(&tool("initdb"));
    command.arg("-D").arg(data).args([
        "-U",
        "mbs",
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
        "--no-locale",
        "--no-sync",
    ]);
    command.current_dir(data.parent().unwrap());
    let output = command.output().unwrap();
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
}

/// Debian keeps PostgreSQL's server tools out of the PATH.
fn tool(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> =
        versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.is_file()).collect();
    found.sort();
    found.pop().unwrap_or_else(|| {
        assert!(Command::new(name).arg("--version").output().is_ok(), "{name} is missing; `make test` installs it");
        PathBuf::from(name)
    })
}
