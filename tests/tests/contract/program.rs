//! `mbs-manager` on the database of a group, with the configuration of a section.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tests::git::{Daemon, Git};
use tests::process::{Process, free_port};
use tests::rest::Rest;
use tests::service::program;
use tests::wait::{LONG, until_true};

use crate::exchange::{Answer, exchange};
use crate::provider::Provider;
use crate::recorded::Case;

/// Stands in the cases for the address of the git repositories.
const GIT: &str = "{GIT}";

/// The section whose identity provider does not answer.
const WITHOUT_PROVIDER: &str = "GoldenOidcDown";

/// The repositories that submissions name, with the recorded commits, and a server for them.
pub struct Repositories {
    server: Daemon,
    _folder: TempDir,
}

impl Repositories {
    /// Makes and serves them.
    pub async fn serve() -> Self {
        let folder = TempDir::with_prefix("mbs-contract-git-").unwrap();
        let git = Git::new(&folder.path().join("git"));
        let script = crate::recorded::folder().join("git/make_repositories.sh");
        let made = Command::new("bash").arg(script).arg(git.folder()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { server: Daemon::serve(&git).await, _folder: folder }
    }

    fn address(&self) -> String {
        format!("git://127.0.0.1:{}", self.server.port)
    }
}

/// A running service.
pub struct Program {
    process: Process,
    port: u16,
    git: String,
    /// Configuration, state, log.
    folder: TempDir,
}

/// What a program is started with.
#[derive(Clone)]
pub struct Setting<'a> {
    /// Address of the database.
    pub database: String,
    pub repositories: &'a Repositories,
    pub provider: &'a Provider,
}

impl Program {
    /// `mbs-manager upgradedb`.
    pub async fn upgrade(setting: &Setting<'_>, section: &str) {
        let folder = TempDir::with_prefix("mbs-contract-").unwrap();
        let mut command = tokio::process::Command::from(manager(folder.path(), setting, section, &["upgradedb"]));
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "upgradedb: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// `mbs-manager run --serve-only`; returns when it answers.
    pub async fn start(setting: &Setting<'_>, section: &str) -> Self {
        let folder = TempDir::with_prefix("mbs-contract-").unwrap();
        let mut command = manager(folder.path(), setting, section, &["run", "--serve-only"]);
        let port = free_port();
        command.env("MBS_PORT", port.to_string());
        let mut process = Process::start("mbs-manager", &mut command, &folder.path().join("log"));
        let rest = Rest::new(format!("http://127.0.0.1:{port}"));
        until_true("the service to answer", LONG, async || {
            assert!(process.is_running(), "the service ended:\n{}", process.output());
            rest.answers().await
        })
        .await;
        Self { process, port, git: setting.repositories.address(), folder }
    }

    /// Sends the request of a case to `path`; `{GIT}` in it stands for the address of the repositories, as it does in the answer.
    pub async fn ask(&self, case: &Case, path: &str) -> Result<Answer, String> {
        let place = |text: &str| text.replace(GIT, &self.git);
        let headers = case.headers.iter().map(|(name, value)| (name.clone(), place(value))).collect();
        let body = place(case.body.as_deref().unwrap_or_default());
        let received = exchange(self.port, &case.method, &place(path), &headers, &body).await?;
        Answer::parse(&self.neutral(&received)).ok_or_else(|| format!("no HTTP answer: {received:?}"))
    }

    /// A text of the service with `{GIT}` in place of the address of the repositories.
    pub fn neutral(&self, text: &str) -> String {
        text.replace(&self.git, GIT)
    }

    /// Fails the test if the program has ended, as it does only by a defect.
    pub fn must_run(&mut self) {
        assert!(self.process.is_running(), "the service ended:\n{}", self.process.output());
    }

    /// Where it keeps everything that clients must not see.
    pub fn folder(&self) -> String {
        self.folder.path().display().to_string()
    }
}

fn manager(folder: &Path, setting: &Setting, section: &str, arguments: &[&str]) -> Command {
    let sections = std::fs::read_to_string(crate::recorded::folder().join("sections.json")).unwrap();
    let config = folder.join("config.yaml");
    std::fs::write(&config, sections.replace(GIT, &setting.repositories.address())).unwrap();
    let mut command = Command::new(program("mbs-manager"));
    command.args(arguments).env("MBS_CONFIG_FILE", config).env("MBS_CONFIG_SECTION", section);
    command.env("MBS_OIDC_CLIENT_SECRETS", setting.provider.client_secrets(folder, section != WITHOUT_PROVIDER));
    command.env("MBS_SQLALCHEMY_DATABASE_URI", &setting.database);
    command.env("MBS_STATE_DIR", folder).env("MBS_QUEUE", "sqlite");
    command
}
