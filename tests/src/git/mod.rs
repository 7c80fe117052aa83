//! Git repositories, and servers for them.

mod daemon;
mod gate;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use daemon::Daemon;
pub use gate::Gate;

use crate::fixtures::{Component, Module};

/// Every commit is made at this time, so that the same files are the same commit.
const COMMIT_TIME: &str = "2026-01-02T03:04:05Z";

/// A folder of repositories.
#[derive(Debug)]
pub struct Git {
    folder: PathBuf,
}

impl Git {
    /// Makes the folder.
    pub fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        Self { folder: folder.to_owned() }
    }

    /// Where the repositories are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the repository of a component; returns its address.
    pub fn component(&self, component: &Component) -> String {
        self.commit(&component.name, "main", &component.files());
        self.url(&component.name)
    }

    /// Makes the repository of a module with its document on a branch named as the stream; returns its scmurl.
    pub fn module(&self, module: &Module) -> String {
        self.module_at(module, COMMIT_TIME)
    }

    /// The same, committed at a time (`2026-01-02T03:04:05Z`), which becomes the version of its builds.
    pub fn module_at(&self, module: &Module, time: &str) -> String {
        let file = format!("{}.yaml", module.name);
        let commit = self.commit_at(&module.name, &module.stream, &[(file, module.yaml())], time);
        format!("{}?#{commit}", self.url(&module.name))
    }

    /// Makes a repository, or adds a commit to it; returns the commit.
    pub fn commit(&self, repository: &str, branch: &str, files: &[(String, String)]) -> String {
        self.commit_at(repository, branch, files, COMMIT_TIME)
    }

    fn commit_at(&self, repository: &str, branch: &str, files: &[(String, String)], time: &str) -> String {
        let folder = self.folder.join(repository);
        let git = |folder: &Path, arguments: &[&str]| git_at(folder, arguments, time);
        if !folder.exists() {
            git(&self.folder, &["init", "-q", "-b", branch, repository]);
        }
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        git(&folder, &["add", "--all"]);
        git(&folder, &["commit", "-q", "--allow-empty", "-m", "A commit"]);
        git(&folder, &["rev-parse", "HEAD"])
    }

    /// The address of a repository as a folder of this machine.
    pub fn url(&self, repository: &str) -> String {
        format!("file://{}", self.folder.join(repository).display())
    }

    /// Nobody finds a repository until it is put back.
    pub fn hide(&self, repository: &str) {
        fs::rename(self.folder.join(repository), self.folder.join(format!("{repository}.hidden"))).unwrap();
    }

    /// Puts a hidden repository back.
    pub fn put_back(&self, repository: &str) {
        fs::rename(self.folder.join(format!("{repository}.hidden")), self.folder.join(repository)).unwrap();
    }

    /// Removes a repository.
    pub fn remove(&self, repository: &str) {
        fs::remove_dir_all(self.folder.join(repository)).unwrap();
    }
}

fn git_at(folder: &Path, arguments: &[&str], time: &str) -> String {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Test").env(format!("GIT_{who}_EMAIL"), "test@example.com");
        command.env(format!("GIT_{who}_DATE"), time);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
