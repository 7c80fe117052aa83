//! `rpkg` of `PyPI`, the client that fedpkg, centpkg and their like are made of, as packagers run it.
//!
//! It runs in an environment of its own (`scripts/python.sh rpkg`), with a home and a configuration that know nothing but the
//! service under test, its git repositories, and a Koji that is nowhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Service;
use crate::kerberos::Ticket;

/// Who runs it.
pub const USER: &str = "anonymous";
/// Where its Koji profile says that Koji's pages are.
const KOJI: &str = "https://koji.example.com/koji";

/// The command with its configuration.
#[derive(Debug)]
pub struct Rpkg {
    home: TempDir,
    /// Beyond what all have.
    environment: Vec<(&'static str, String)>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit status.
    pub status: i32,
    /// Standard output.
    pub text: String,
    /// Standard error.
    pub errors: String,
}

impl Ran {
    /// What it printed, after making sure that it ended well.
    pub fn well(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.text, self.errors);
        self.text
    }

    /// What it complained of, after making sure that it did.
    pub fn badly(self) -> String {
        assert_eq!(self.status, 1, "{}{}", self.text, self.errors);
        self.errors
    }
}

impl Rpkg {
    /// Configured for a service.
    pub fn new(service: &Service) -> Self {
        Self::at(&format!("{}/module-build-service/", service.address()), service.git.folder())
    }

    /// Configured for a service that asks for tickets, and run by somebody who has one.
    pub fn of(service: &Service, ticket: &Ticket) -> Self {
        let address = service.address().replace("127.0.0.1", crate::kerberos::HOST);
        let rpkg = Self::at(&format!("{address}/module-build-service/"), service.git.folder());
        Self { environment: ticket.environment().into(), ..rpkg }
    }

    /// Configured for the API at `api_url` and the repositories in a folder.
    pub fn at(api_url: &str, repositories: &Path) -> Self {
        let home = TempDir::with_prefix("mbs-rpkg-").unwrap();
        let git = format!("file://{}/%(repo)s", repositories.display());
        let settings = format!(
            "[rpkg]\n\
             lookaside = http://127.0.0.1:1/lookaside\n\
             lookasidehash = sha512\n\
             lookaside_cgi = http://127.0.0.1:1/upload\n\
             gitbaseurl = {git}\n\
             anongiturl = {git}\n\
             branchre = .*\n\
             kojiprofile = koji\n\
             build_client = koji\n\
             [rpkg.mbs]\n\
             auth_method = kerberos\n\
             api_url = {api_url}\n"
        );
        std::fs::write(home.path().join("rpkg.conf"), settings).unwrap();
        std::fs::create_dir(home.path().join(".koji")).unwrap();
        let profile = format!("[koji]\nserver = http://127.0.0.1:1/kojihub\nweburl = {KOJI}\n");
        std::fs::write(home.path().join(".koji/config"), profile).unwrap();
        Self { home, environment: Vec::new() }
    }

    /// Its home: no checkout of anything.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in(self.home(), arguments)
    }

    /// Runs it to its end in a folder.
    pub fn run_in(&self, folder: &Path, arguments: &[&str]) -> Ran {
        // Watching has no end of its own where a build has none.
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", "120"]).arg(python()).arg(script()).args(arguments).current_dir(folder);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.home()).env("USER", USER).env("LOGNAME", USER).env("LC_ALL", "C.UTF-8");
        command.env("RPKG_CONF", self.home().join("rpkg.conf")).env("PYTHONUNBUFFERED", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        Ran {
            status: output.status.code().unwrap_or(-1),
            text: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A fresh checkout of a branch of a repository, as `git clone` makes it.
    pub fn checkout(&self, repository: &str, branch: &str) -> PathBuf {
        let name = repository.rsplit('/').next().unwrap();
        let folder = self.home().join("checkouts").join(name);
        let mut command = Command::new("git");
        command.args(["clone", "--quiet", "--branch", branch, repository]).arg(&folder).env("HOME", self.home());
        let output = command.output().unwrap();
        assert!(output.status.success(), "git clone: {}", String::from_utf8_lossy(&output.stderr));
        folder
    }
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn python() -> PathBuf {
    let python = workspace().join("target/python/rpkg/bin/python");
    assert!(
        python.exists(),
        "{} is missing; `scripts/python.sh rpkg` makes it (`make test` does that first)",
        python.display()
    );
    python
}

fn script() -> PathBuf {
    workspace().join("tests/python/rpkg.py")
}
