//! The thread that starts a sandbox, copies its output and waits for it.
//!
//! A sandbox dies with the *thread* that started it (`PR_SET_PDEATHSIG`), so it must not be a thread of the runtime, which come
//! and go: every sandbox gets one of its own, which lives exactly as long as the sandbox does.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::Pid;
use tokio::sync::oneshot;

/// Where the output goes.
#[derive(Debug)]
pub(in crate::rpmbuild) enum Sink {
    /// To a file as it comes, up to so many bytes.
    Log(File, u64),
    /// To memory; what is over 16 MiB is dropped.
    Memory,
}

const MEMORY_SINK: usize = 16 << 20;

/// How copying the output ended.
#[derive(Debug)]
pub(super) enum Copied {
    /// All of it; the text where it went to memory.
    All(Vec<u8>),
    /// There was too much.
    TooMuch(u64),
    /// The log could not be written.
    Failed(io::Error),
}

/// A started sandbox.
#[derive(Debug)]
pub(super) struct Started {
    /// The process that holds it.
    pub pid: Pid,
    /// Answers once copying the output failed, before the sandbox ends.
    pub trouble: oneshot::Receiver<()>,
    /// Answers when every process of it is gone.
    pub end: oneshot::Receiver<io::Result<Copied>>,
}

/// Starts the command line in `folder`.
pub(super) async fn launch(
    line: Vec<OsString>,
    folder: PathBuf,
    sink: Sink,
    owner: Option<(u32, u32)>,
) -> io::Result<Started> {
    let (send_pid, pid) = oneshot::channel();
    let (send_trouble, trouble) = oneshot::channel();
    let (send_end, end) = oneshot::channel();
    std::thread::Builder::new().name("sandbox".into()).spawn(move || {
        let (child, output) = match start(&line, &folder, owner) {
            Ok(started) => started,
            Err(error) => return drop(send_pid.send(Err(error))),
        };
        let raw = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        // Nobody listening any more is no reason to leave the child alone.
        let _ = send_pid.send(raw.ok_or_else(|| io::Error::other("no process id")));
        let _ = send_end.send(attend(child, output, sink, send_trouble));
    })?;
    let pid = pid.await.map_err(|_| io::Error::other("the thread of the sandbox ended"))??;
    Ok(Started { pid, trouble, end })
}

fn start(line: &[OsString], folder: &std::path::Path, owner: Option<(u32, u32)>) -> io::Result<(Child, PipeReader)> {
    let (output, input) = io::pipe()?;
    if let Some((user, group)) = owner {
        // A build that opens /dev/stdout anew needs to own it.
        let (user, group) = (rustix::fs::Uid::from_raw(user), rustix::fs::Gid::from_raw(group));
        rustix::fs::fchown(&input, Some(user), Some(group))?;
    }
    let Some((program, arguments)) = line.split_first() else {
        return Err(io::Error::other("no command"));
    };
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(input.try_clone()?)
        .stderr(input)
        .spawn()?;
    Ok((child, output))
}

fn attend(mut child: Child, output: PipeReader, sink: Sink, trouble: oneshot::Sender<()>) -> io::Result<Copied> {
    let copied = match sink {
        Sink::Log(mut file, limit) => copy(output, limit, |bytes| file.write_all(bytes)).map(|()| Vec::new()),
        Sink::Memory => {
            let mut text = Vec::new();
            let keep = |bytes: &[u8]| {
                let room = MEMORY_SINK - text.len();
                text.extend_from_slice(&bytes[..bytes.len().min(room)]);
                Ok(())
            };
            copy(output, u64::MAX, keep).map(|()| text)
        }
    };
    if copied.is_err() {
        let _ = trouble.send(());
    }
    child.wait()?;
    Ok(match copied {
        Ok(text) => Copied::All(text),
        Err(Trouble::TooMuch(limit)) => Copied::TooMuch(limit),
        Err(Trouble::Io(error)) => Copied::Failed(error),
    })
}

enum Trouble {
    TooMuch(u64),
    Io(io::Error),
}

fn copy(mut output: PipeReader, limit: u64, mut write: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), Trouble> {
    let mut buffer = vec![0; 64 << 10];
    let mut total = 0_u64;
    loop {
        let count = match output.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Trouble::Io(error)),
        };
        total += count as u64;
        if total > limit {
            return Err(Trouble::TooMuch(limit));
        }
        write(&buffer[..count]).map_err(Trouble::Io)?;
    }
}
