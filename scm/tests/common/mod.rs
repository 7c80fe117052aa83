//! Real repositories and a real git daemon for the tests.
#![allow(dead_code, reason = "every test file uses its part")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use scm::{AllowList, Git, ScmUrl, Settings};
use tempfile::TempDir;

/// Text of the document in [`module`].
pub const DOCUMENT: &str = "document: modulemd\nversion: 2\n";

/// Runs git with a fixed identity and time and returns what it printed.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "2019-04-01T12:00:00Z")
        .env("GIT_COMMITTER_DATE", "2019-04-01T12:00:00Z")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with a work tree.
pub struct Tree {
    pub root: TempDir,
    pub path: PathBuf,
}

impl Tree {
    /// An empty repository called `name`, on branch `master`.
    pub fn new(name: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(name);
        std::fs::create_dir(&path).unwrap();
        git(&path, &["init", "-q", "-b", "master", "."]);
        Self { root, path }
    }

    /// Writes a file and commits it; returns the commit id.
    pub fn commit(&self, file: &str, text: &str) -> String {
        let path = self.path.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self.commit_all()
    }

    /// Commits what lies in the work tree; returns the commit id.
    pub fn commit_all(&self) -> String {
        git(&self.path, &["add", "-A"]);
        git(&self.path, &["commit", "-q", "--allow-empty", "-m", "change"]);
        git(&self.path, &["rev-parse", "HEAD"])
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("file://{}", self.path.display())
    }

    /// The scmurl of a revision of it.
    pub fn url(&self, revision: &str) -> ScmUrl {
        ScmUrl::parse(&format!("{}?#{revision}", self.address())).unwrap()
    }
}

/// A repository `testmodule` with its document: the older and the newer commit of `master`, and one on `other` only.
pub fn module() -> (Tree, String, String, String) {
    let tree = Tree::new("testmodule");
    let older = tree.commit("testmodule.yaml", DOCUMENT);
    git(&tree.path, &["checkout", "-q", "-b", "other"]);
    let aside = tree.commit("README", "aside");
    git(&tree.path, &["checkout", "-q", "master"]);
    let newer = tree.commit("README", "newer");
    (tree, older, newer, aside)
}

/// Settings that do not wait.
pub fn settings() -> Settings {
    Settings {
        timeout: Duration::from_mins(1),
        retry_interval: Duration::from_millis(1),
        retries: 1,
        max_document_bytes: 1000,
        allowed: AllowList { prefixes: Vec::new(), any: true },
        ..Settings::default()
    }
}

/// Git with [`settings`].
pub fn client() -> Git {
    Git::new(settings()).unwrap()
}

/// A git daemon that serves everything below a folder.
pub struct Daemon {
    child: Child,
    port: u16,
}

impl Daemon {
    /// Starts it on a free port and waits until it answers.
    pub fn start(base: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new("git")
            .args(["daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1", "--informative-errors"])
            .arg(format!("--port={port}"))
            .arg(format!("--base-path={}", base.display()))
            .args(["--log-destination=none"])
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "git daemon ended");
            std::thread::yield_now();
        }
        Self { child, port }
    }

    /// Address of a repository below the folder.
    pub fn address(&self, path: &str) -> String {
        format!("git://127.0.0.1:{}/{path}", self.port)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
