//! Sources from a commit of a git repository.
//!
//! Every commit is fetched once, alone, into a cache with a bare repository for each URL, and checked out from there.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use sha1::{Digest, Sha1};
use tokio::process::Command;
use tokio::time::timeout;

use super::failure;
use crate::rpmbuild::discard::discard;
use crate::rpmbuild::lock::Lock;
use crate::rpmbuild::tag::hex;
use crate::rpmbuild::{RpmBuild, error, layout, rlimits};
use crate::{BuilderError, Failure};

type Fetched<T> = Result<Result<T, Failure>, BuilderError>;

/// Puts the files of a commit into `sources`.
pub(super) async fn check_out(builder: &RpmBuild, url: &str, commit: &str, sources: &Path) -> Fetched<()> {
    if let Err(failure) = check(builder, url, commit) {
        return Ok(Err(failure));
    }
    let cache = Cache::of(builder, url)?;
    let mut reason = String::new();
    for attempt in 0..2 {
        if let Err(failure) = cache.fetch(commit).await? {
            return Ok(Err(failure));
        }
        let output = cache.read_tree(commit, sources).await?;
        if output.status.success() {
            return Ok(Ok(()));
        }
        reason = last_words(&output);
        if reason.contains("No space left") {
            return Err(error::disk_full("checking out sources"));
        }
        if attempt == 0 {
            // The cache may be damaged, by a crash of the machine for one.
            discard(&builder.layout, &cache.folder);
        }
    }
    Ok(Err(failure(format!("commit {commit} of {} cannot be checked out: {reason}", shown(url)))))
}

/// Nothing that git takes for an option, a command to run or a path of ours.
fn check(builder: &RpmBuild, url: &str, commit: &str) -> Result<(), Failure> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.strip_prefix("git+").unwrap_or(scheme));
    let allowed = scheme.is_some_and(|scheme| builder.settings.allowed_schemes.iter().any(|one| one == scheme));
    if !allowed {
        return Err(failure(format!(
            "the repository {:?} cannot be fetched from; allowed are URLs that start with {}",
            shorten(&shown(url)),
            builder.settings.allowed_schemes.iter().map(|one| format!("{one}://")).collect::<Vec<_>>().join(", ")
        )));
    }
    if url.len() > 4096 || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(failure(format!("the repository {:?} is not a URL", shorten(&shown(url)))));
    }
    let hex = commit.chars().all(|c| c.is_ascii_hexdigit());
    if !hex || !matches!(commit.len(), 40 | 64) {
        return Err(failure(format!("{:?} is not a full commit id", shorten(commit))));
    }
    Ok(())
}

/// The URL without user and password.
fn shown(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}/{path}")
        }
        None => url.to_owned(),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}

struct Cache<'a> {
    builder: &'a RpmBuild,
    url: &'a str,
    folder: PathBuf,
}

impl<'a> Cache<'a> {
    fn of(builder: &'a RpmBuild, url: &'a str) -> Result<Self, BuilderError> {
        let name = hex(&Sha1::digest(url.as_bytes()));
        let folder = builder.layout.work().join("git");
        layout::create_folder(&folder)?;
        Ok(Self { builder, url, folder: folder.join(name) })
    }

    async fn read_tree(&self, commit: &str, sources: &Path) -> Result<Output, BuilderError> {
        let index = sources.with_extension("index");
        let mut command = self.git();
        command.env("GIT_INDEX_FILE", &index).arg("--work-tree").arg(sources);
        command.args(["read-tree", "-u", "--reset", commit]);
        let output = self.run(command, "checking out a commit").await;
        let _ = std::fs::remove_file(index);
        output
    }

    /// Makes sure that the commit is in the cache.
    async fn fetch(&self, commit: &str) -> Fetched<()> {
        let mark = self.folder.join("refs/builds").join(commit);
        if mark.exists() {
            return Ok(Ok(()));
        }
        let _lock = self.lock().await?;
        if mark.exists() {
            return Ok(Ok(()));
        }
        // Whoever made these is dead, or we would not have the lock.
        for left in ["shallow.lock", "config.lock", &format!("refs/builds/{commit}.lock")] {
            let _ = std::fs::remove_file(self.folder.join(left));
        }
        let mut init = Command::new("git");
        init.args(["init", "--quiet", "--bare", "--template="]).arg(&self.folder);
        let output = self.run(init, "making a cache of commits").await?;
        if !output.status.success() {
            return Err(BuilderError::Unavailable(format!("git does not work here: {}", last_words(&output))));
        }
        let output = self.fetch_with(&["--depth=1"], commit).await?;
        if output.status.success() {
            return Ok(Ok(()));
        }
        if let Some(verdict) = self.verdict(&output, commit) {
            return verdict.map(Err);
        }
        // Old servers hand out branches and tags only.
        let all = self.fetch_with(&[], "+refs/*:refs/remote/*").await?;
        let mut mark = self.git();
        mark.args(["update-ref", &format!("refs/builds/{commit}"), commit]);
        if all.status.success() && self.run(mark, "noting a commit").await?.status.success() {
            return Ok(Ok(()));
        }
        Ok(Err(failure(format!("{} has no commit {commit}", shown(self.url)))))
    }

    async fn fetch_with(&self, options: &[&str], what: &str) -> Result<Output, BuilderError> {
        let reference = if what.contains(':') { what.to_owned() } else { format!("{what}:refs/builds/{what}") };
        let mut fetch = self.git();
        fetch.args(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc"]).args(options);
        fetch.arg("--").arg(self.url.strip_prefix("git+").unwrap_or(self.url)).arg(reference);
        self.run(fetch, "fetching a commit").await
    }

    /// What git's complaint means; `None` if another way of asking may help.
    fn verdict(&self, output: &Output, commit: &str) -> Option<Result<Failure, BuilderError>> {
        let words = String::from_utf8_lossy(&output.stderr).to_lowercase();
        let says = |texts: &[&str]| texts.iter().any(|text| words.contains(text));
        let url = shown(self.url);
        if says(&["no space left"]) {
            return Some(Err(error::disk_full("fetching sources")));
        }
        if says(&["dumb http", "unadvertised object", "does not support shallow"]) {
            return None;
        }
        if says(&["not our ref", "couldn't find remote ref", "no such remote ref"]) {
            return Some(Ok(failure(format!("{url} has no commit {commit}"))));
        }
        if says(&[
            "does not appear to be a git repository",
            "not found",
            "does not exist",
            "no such file",
            "does not export",
        ]) {
            return Some(Ok(failure(format!("there is no git repository at {url}"))));
        }
        if says(&[
            "authentication failed",
            "could not read username",
            "permission denied",
            "access denied",
            "dubious ownership",
        ]) {
            return Some(Ok(failure(format!(
                "the builder may not read the git repository {url}: {}",
                last_words(output)
            ))));
        }
        Some(Err(BuilderError::Unavailable(format!(
            "the git repository {url} could not be reached: {}",
            last_words(output)
        ))))
    }

    fn git(&self) -> Command {
        let mut command = Command::new("prlimit");
        // A server may send without end.
        command.args(rlimits::file_size(self.builder.settings.limits.disk)).args(["--core=0", "--", "git"]);
        command.arg("--git-dir").arg(&self.folder).args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"]);
        command
    }

    async fn run(&self, mut command: Command, what: &str) -> Result<Output, BuilderError> {
        let limit = self.builder.settings.git_timeout;
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", self.builder.settings.allowed_schemes.join(":"))
            .env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
            .env("GIT_PROTOCOL_FROM_USER", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let cannot =
            |error: std::io::Error| BuilderError::Unavailable(format!("git could not be started: {}", error.kind()));
        let child = command.spawn().map_err(cannot)?;
        // git's own children (ssh, https) hang on when only git is killed.
        let mut group = Group(child.id());
        match timeout(limit, child.wait_with_output()).await {
            Ok(output) => {
                group.0 = None;
                output.map_err(cannot)
            }
            Err(_) => Err(BuilderError::Unavailable(format!(
                "{what}: {} did not answer within {} s",
                shown(self.url),
                limit.as_secs()
            ))),
        }
    }

    async fn lock(&self) -> Result<Lock, BuilderError> {
        let path = self.folder.with_extension("lock");
        loop {
            if let Some(lock) = Lock::try_take(&path)? {
                return Ok(lock);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.0.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The line of git's complaint that says most.
fn last_words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text
        .lines()
        .find(|line| line.starts_with("fatal:") || line.starts_with("error:"))
        .or_else(|| text.lines().last());
    let line = line.unwrap_or("no reason given").trim_start_matches("fatal:").trim_start_matches("error:");
    line.trim().chars().take(300).collect()
}
