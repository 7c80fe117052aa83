//! Running git with a bound on time and size. Dropping the future kills git and everything that it started.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// How much of git's complaints is kept.
const MAX_COMPLAINT: usize = 64 * 1024;

/// How often the size of a growing folder is looked at.
const SIZE_INTERVAL: Duration = Duration::from_millis(250);

/// Bound on the memory of one git process: a server can make git remember references without end.
const MAX_MEMORY: u64 = 2 * 1024 * 1024 * 1024;

/// One call of git.
pub(crate) struct Call<'a> {
    /// Folder it runs in.
    pub folder: &'a Path,
    /// The whole environment.
    pub environment: &'a [(OsString, OsString)],
    /// Transports it may use, separated by colons; empty for none.
    pub transports: &'a str,
    /// Arguments after `git`.
    pub arguments: &'a [&'a str],
    /// What it reads; at most a pipe's capacity (4096 bytes), so that writing never blocks.
    pub input: &'a str,
    /// Bound on what it writes to standard output.
    pub max_output: u64,
    /// Bound on the size of `folder`.
    pub max_folder: u64,
}

/// What git left.
pub(crate) struct Output {
    pub success: bool,
    /// It was ended by a signal and may have had no time to say why.
    pub killed: bool,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// Git could not be run to its end.
pub(crate) enum Broken {
    /// It did not start, or a pipe broke.
    Io(std::io::Error),
    /// It wrote more than it may.
    TooMuch(u64),
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Runs git and waits for its end.
pub(crate) async fn run(call: Call<'_>) -> Result<Output, Broken> {
    let mut child = Command::new("git")
        .args(call.arguments)
        .current_dir(call.folder)
        .env_clear()
        .envs(call.environment.iter().map(|(name, value)| (name, value)))
        .env("GIT_ALLOW_PROTOCOL", call.transports)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let mut group = Group::of(&child);
    group.limit(call.max_folder);
    let output = tokio::select! {
        output = collect(&mut child, &call) => output?,
        bytes = grown_over(call.folder, call.max_folder) => return Err(Broken::TooMuch(bytes)),
    };
    group.leave();
    if size_of(call.folder) > call.max_folder { Err(Broken::TooMuch(call.max_folder)) } else { Ok(output) }
}

async fn collect(child: &mut Child, call: &Call<'_>) -> Result<Output, Broken> {
    if let Some(mut stdin) = child.stdin.take() {
        // Git may end without reading; its exit status tells more than the broken pipe.
        let _ = stdin.write_all(call.input.as_bytes()).await;
    }
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(bounded(stdout, call.max_output), drained(stderr))?;
    let status = child.wait().await?;
    Ok(Output { success: status.success(), killed: status.code().is_none(), stdout, stderr })
}

async fn bounded(source: Option<impl AsyncRead + Unpin>, limit: u64) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    if let Some(source) = source {
        source.take(limit.saturating_add(1)).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > limit { Err(Broken::TooMuch(limit)) } else { Ok(bytes) }
}

async fn drained(source: Option<impl AsyncRead + Unpin>) -> Result<String, Broken> {
    let mut kept = Vec::new();
    if let Some(mut source) = source {
        let mut chunk = [0; 4096];
        loop {
            let read = source.read(&mut chunk).await?;
            if read == 0 {
                break;
            }
            let room = MAX_COMPLAINT.saturating_sub(kept.len());
            kept.extend_from_slice(&chunk[..read.min(room)]);
        }
    }
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

/// Ends when `folder` holds more than `limit` bytes.
async fn grown_over(folder: &Path, limit: u64) -> u64 {
    loop {
        tokio::time::sleep(SIZE_INTERVAL).await;
        if size_of(folder) > limit {
            return limit;
        }
    }
}

fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// The process group of a child: git's transports are processes of their own and have to go with it.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// Bounds memory and the size of files, for the child and what it starts from now on.
    fn limit(&self, max_file: u64) {
        let Some(child) = self.0 else { return };
        for (resource, bound) in [(Resource::Data, MAX_MEMORY), (Resource::Fsize, max_file.saturating_add(1))] {
            // An error means that the child has ended or has a lower bound already.
            let _ = prlimit(Some(child), resource, Rlimit { current: Some(bound), maximum: Some(bound) });
        }
    }

    /// The child has ended by itself; its number may belong to someone else soon.
    fn leave(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // An error means that all of it has ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
