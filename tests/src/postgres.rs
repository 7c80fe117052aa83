//! A PostgreSQL cluster of its own, which can be stopped.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::process::{Process, free_port, unprivileged};
use crate::wait::{LONG, until_true};

/// A cluster with one user, `mbs`, and its database.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    process: Mutex<Option<Process>>,
    folder: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts it; as an ordinary user where the tests run as root.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("mbs-postgres-").unwrap();
        if rustix::process::geteuid().is_root() {
            chown(folder.path(), Some(65534), Some(65534)).unwrap();
        }
        initialize(&folder.path().join("data"));
        let postgres = Self { port: free_port(), process: Mutex::default(), folder };
        postgres.restart().await;
        postgres
    }

    /// What it has logged.
    pub fn output(&self) -> String {
        self.process.lock().unwrap().as_ref().map(Process::output).unwrap_or_default()
    }

    /// Starts it again after [`Postgres::stop`].
    pub async fn restart(&self) {
        let folder = self.folder.path();
        let mut command = unprivileged(&tool("postgres"));
        command.arg("-D").arg(folder.join("data")).args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c"]);
        command.arg(format!("unix_socket_directories={}", folder.display())).args(["-p", &self.port.to_string()]);
        command.current_dir(folder);
        let process = Process::start("postgres", &mut command, &folder.join("postgres.log"));
        *self.process.lock().unwrap() = Some(process);
        until_true("PostgreSQL to answer", LONG, async || entities::db::connect(&self.url(), 1).await.is_ok()).await;
    }

    /// Shuts it down; connections are broken off.
    pub async fn stop(&self) {
        let mut process = self.process.lock().unwrap().take().expect("PostgreSQL runs");
        process.signal(Signal::INT);
        until_true("PostgreSQL to end", LONG, async || !process.is_running()).await;
    }

    /// Keeps connections open and answers nothing until [`Postgres::thaw`].
    pub fn freeze(&self) {
        self.signal_all(Signal::STOP);
    }

    /// Goes on after [`Postgres::freeze`].
    pub fn thaw(&self) {
        self.signal_all(Signal::CONT);
    }

    /// Each connection has a process of its own.
    fn signal_all(&self, signal: Signal) {
        let process = self.process.lock().unwrap();
        let server = process.as_ref().expect("PostgreSQL runs");
        server.signal(signal);
        let id = server.pid().as_raw_nonzero();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        for child in children.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().ok()?)) {
            let _ended_meanwhile = kill_process(child, signal);
        }
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
        let process = self.process.lock().map_or_else(|_| None, |mut process| process.take());
        if std::thread::panicking()
            && let Some(process) = &process
        {
            println!("---- PostgreSQL in {} ----\n{}", self.folder.path().display(), process.output());
        }
        // The process ends here, before its folder goes.
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
