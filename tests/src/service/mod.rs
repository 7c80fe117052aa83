//! The service, as processes.

mod builder;
mod programs;
mod shared;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::Mutex;

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::git::Git;
use crate::postgres::Postgres;
use crate::process::Process;
use crate::redis::Redis;
use crate::rest::Rest;
use crate::rows::Rows;

pub use builder::Builder;
pub use programs::program;
pub use shared::{Shared, SharedService};

/// How much of each log is shown when a test fails.
const SHOWN_LINES: usize = 150;

/// A service of its own: configuration, database, queue, folders, processes. Everything of it ends when it is dropped; if the test
/// has failed, its logs are printed first.
#[derive(Debug)]
pub struct Service {
    // In the order in which it is dropped: processes first, the folder last.
    server: Mutex<Option<Process>>,
    workers: Mutex<Vec<Process>>,
    /// Its Redis, where the queue is Redis.
    pub redis: Option<Redis>,
    /// Its PostgreSQL, where it has one.
    pub postgres: Option<Postgres>,
    /// Repositories of components and modules.
    pub git: Git,
    port: u16,
    serve_only: bool,
    environment: BTreeMap<String, String>,
    results: PathBuf,
    database: String,
    folder: TempDir,
}

impl Service {
    /// A service with embedded defaults, to be changed.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What clients ask of it.
    pub fn rest(&self) -> Rest {
        Rest::new(self.address())
    }

    /// What stands in its database.
    pub async fn rows(&self) -> Rows {
        Rows::connect(&self.database).await
    }

    /// `RESULTS_DIR`.
    pub fn results(&self) -> &Path {
        &self.results
    }

    /// Everything of it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The published repository of a build with this `koji_tag`.
    pub fn repository(&self, tag: &str) -> PathBuf {
        self.results.join(tag).join("repo")
    }

    /// The log of a component of a build with this `koji_tag`.
    pub fn component_log(&self, tag: &str, package: &str) -> String {
        let path = self.results.join(tag).join("logs").join(format!("{package}.log"));
        String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
    }

    /// `mbs-manager` with the configuration of this service.
    pub fn manager(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("mbs-manager"));
        command.args(arguments).envs(&self.environment);
        command
    }

    /// Runs `mbs-manager` to its end.
    pub fn manage(&self, arguments: &[&str]) -> Output {
        self.manager(arguments).output().unwrap()
    }

    /// Runs `mbs-build` against this service to its end.
    pub fn client(&self, arguments: &[&str]) -> Output {
        self.client_command(arguments).output().unwrap()
    }

    /// `mbs-build` against this service.
    pub fn client_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("mbs-build"));
        command.args(arguments).env("MBS_URL", self.address());
        command
    }

    /// Imports a base module by `mbs-manager import_module`.
    pub fn import_platform(&self, stream: &str) {
        let file = self.folder().join(format!("platform-{stream}.yaml"));
        std::fs::write(&file, crate::fixtures::platform(stream)).unwrap();
        let output = self.manage(&["import_module", file.to_str().unwrap()]);
        assert!(output.status.success(), "import_module: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts the server, and does not wait for it.
    pub fn spawn_server(&self) {
        let arguments: &[&str] = if self.serve_only { &["run", "--serve-only"] } else { &["run"] };
        let command = &mut self.manager(arguments);
        let process = Process::start("server", command, &self.log("server"));
        *self.server.lock().unwrap() = Some(process);
    }

    /// Starts the server and waits until it answers.
    pub async fn start_server(&self) {
        self.spawn_server();
        let rest = self.rest();
        crate::wait::until_true("the server to answer", crate::wait::LONG, async || {
            let running = self.server.lock().unwrap().as_mut().is_some_and(Process::is_running);
            assert!(running, "the server ended:\n{}", std::fs::read_to_string(self.log("server")).unwrap_or_default());
            rest.answers().await
        })
        .await;
    }

    /// `kill -9` of the server process alone.
    pub fn kill_server(&self) {
        let server = self.server.lock().unwrap().take();
        server.expect("the server runs").kill();
    }

    /// The number of the server's process.
    pub fn server_pid(&self) -> Pid {
        self.server.lock().unwrap().as_ref().expect("the server runs").pid()
    }

    /// What the server wrote to its log so far.
    pub fn server_log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log("server")).unwrap_or_default()).into_owned()
    }

    /// SIGTERM to the server; returns how it ended.
    pub fn stop_server(&self) -> ExitStatus {
        let server = self.server.lock().unwrap().take();
        server.expect("the server runs").terminate()
    }

    /// Starts one more worker, with all roles.
    pub fn start_worker(&self) {
        let mut workers = self.workers.lock().unwrap();
        let name = format!("worker-{}", workers.len());
        let command = &mut self.manager(&["worker", "--roles", "service,build"]);
        workers.push(Process::start(&name, command, &self.log(&name)));
    }

    /// SIGTERM to all workers that were started; waits until they have ended.
    pub fn stop_workers(&self) {
        let workers = std::mem::take(&mut *self.workers.lock().unwrap());
        for worker in workers {
            assert!(worker.terminate().success());
        }
    }

    /// `kill -9` of all workers that were started.
    pub fn kill_workers(&self) {
        let workers = std::mem::take(&mut *self.workers.lock().unwrap());
        workers.into_iter().for_each(Process::kill);
    }

    /// Stops the first worker that was started in its tracks (SIGSTOP).
    pub fn freeze_worker(&self) {
        self.workers.lock().unwrap()[0].signal(Signal::STOP);
    }

    /// Lets it go on, as if nothing had happened.
    pub fn thaw_worker(&self) {
        self.workers.lock().unwrap()[0].signal(Signal::CONT);
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.log"))
    }

    /// Prints the ends of all logs.
    fn print_logs(&self) {
        let entries = std::fs::read_dir(self.folder()).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "log")) {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned();
            // Tests look again and again; that is of no interest.
            let lines: Vec<_> = text.lines().filter(|line| !line.contains("answered method=GET")).collect();
            let end = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
            println!("---- {} ----\n{end}", path.file_name().unwrap_or_default().display());
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print_logs();
        }
    }
}
