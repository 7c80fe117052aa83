//! What users do with a published repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// `dnf` on an empty machine that knows one repository.
#[derive(Debug)]
pub struct Dnf {
    root: TempDir,
    repository: PathBuf,
}

impl Dnf {
    /// For the repository in a folder.
    pub fn new(repository: &Path) -> Self {
        Self { root: TempDir::with_prefix("mbs-dnf-").unwrap(), repository: repository.to_owned() }
    }

    /// Runs it; returns whether it succeeded, and what it printed.
    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let root = self.root.path();
        let output = Command::new("dnf")
            .arg(format!("--installroot={}", root.display()))
            .arg(format!("--repofrompath=module,file://{}", self.repository.display()))
            .args(["--repo=module", "--releasever=1", "--nogpgcheck", "--assumeyes", "--noplugins"])
            .args([
                "--setopt=reposdir=/dev/null",
                "--setopt=module_platform_id=platform:f28",
                "--setopt=install_weak_deps=False",
            ])
            .arg(format!("--setopt=cachedir={}", root.join("cache").display()))
            .args(arguments)
            .env("LC_ALL", "C")
            .output()
            .expect("dnf is installed; `make test` does that");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// Runs it and fails the test if it fails.
    pub fn must(&self, arguments: &[&str]) -> String {
        let (success, text) = self.run(arguments);
        assert!(success, "dnf {arguments:?}:\n{text}");
        text
    }

    /// Downloads a package with what it needs; returns the names of the files.
    pub fn download(&self, package: &str) -> Vec<String> {
        let folder = self.root.path().join("downloads");
        self.must(&["install", "--downloadonly", &format!("--downloaddir={}", folder.display()), package]);
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().display().to_string()).collect();
        names.sort();
        names
    }
}

/// The text file of a package of the tests (see [`crate::Component`]).
pub fn info_of(rpm: &Path) -> String {
    let script = "rpm2cpio \"$1\" | cpio --quiet -i --to-stdout '*/info'";
    let output = Command::new("sh").args(["-c", script, "sh"]).arg(rpm).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
