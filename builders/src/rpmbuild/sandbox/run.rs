//! Runs a sandbox to its end, whatever end that is.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{MissedTickBehavior, interval};

use super::Sandbox;
use super::disk::DiskWatch;
use super::launch::{Copied, Sink, Started, launch};
use super::status::Status;
use super::watch::{Exceeded, INTERVAL, Watch};
use crate::rpmbuild::error;
use crate::rpmbuild::host::Host;
use crate::rpmbuild::settings::Settings;
use crate::{BuilderError, Stop};

/// How a sandbox ended. No process of it is left.
#[derive(Debug)]
pub(in crate::rpmbuild) enum Ended {
    /// The command ended with this status; its output where it went to memory.
    Exited(i32, Vec<u8>),
    /// It was killed since it went over a limit.
    Exceeded(Exceeded),
    /// It was killed on request.
    Stopped,
    /// The sandbox could not be set up; the output says why. The command never ran.
    NotSetUp(Vec<u8>),
}

/// Kills the sandbox when the future that waits for it is dropped.
struct Guard {
    holder: Option<Pid>,
    status: PathBuf,
}

impl Guard {
    /// Kills the first process, which takes all others with it. The holder waits for that and ends.
    fn kill(&self) {
        let Some(holder) = self.holder else { return };
        match Status::read(&self.status).first_process {
            // The holder is not reaped yet, so neither number can belong to somebody else.
            Some(first) if kill_process(first, Signal::KILL).is_ok() => {}
            _ => drop(kill_process(holder, Signal::KILL)),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.kill();
    }
}

enum Why {
    Ended,
    Stopped,
    Exceeded(Exceeded),
    Output,
}

/// Runs the command. `stop` kills it at once.
pub(in crate::rpmbuild) async fn run(
    sandbox: &Sandbox,
    host: &Host,
    settings: &Settings,
    sink: Sink,
    mut stop: Stop,
) -> Result<Ended, BuilderError> {
    let status = tempfile::Builder::new()
        .prefix(".status")
        .tempfile_in(&settings.work_dir)
        .map_err(error::io("make a file in the working folder", &settings.work_dir))?
        .into_temp_path();
    let line = sandbox.command_line(host, settings, &status);
    let owner = host.root.then_some(settings.build_user);
    let cannot = |error: io::Error| {
        BuilderError::Unavailable(format!("a build environment could not be started: {}", error.kind()))
    };
    let mut started = launch(line, sandbox.layers_folder.clone(), sink, owner).await.map_err(cannot)?;
    let mut guard = Guard { holder: Some(started.pid), status: status.to_path_buf() };
    let watch = Watch::new(sandbox.limits.clone(), &sandbox.disk_folder, status.to_path_buf(), Instant::now());
    let disk = watch.disk();
    let (why, finished) = attend(&mut started, watch, &mut stop).await;
    let copied = match finished {
        Some(copied) => copied,
        None => kill(&guard, &mut started).await,
    };
    guard.holder = None;
    let copied = copied.map_err(cannot)?;
    let exit_code = Status::read(&status).exit_code;
    conclude(why, copied, exit_code, &disk)
}

type Finished = Option<io::Result<Copied>>;

async fn attend(started: &mut Started, watch: Watch, stop: &mut Stop) -> (Why, Finished) {
    let stopped = async {
        // A sender that is gone cannot ask for a stop any more.
        if stop.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        end = &mut started.end => (Why::Ended, Some(end.unwrap_or_else(|_| Err(gone())))),
        Ok(()) = &mut started.trouble => (Why::Output, None),
        () = stopped => (Why::Stopped, None),
        exceeded = exceeded(watch) => (Why::Exceeded(exceeded), None),
    }
}

/// Waits until a limit is exceeded. Looking reads files, so it is not done on the threads of the runtime.
async fn exceeded(mut watch: Watch) -> Exceeded {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let look = tokio::task::spawn_blocking(move || {
            let exceeded = watch.look(Instant::now());
            (watch, exceeded)
        });
        let Ok((same, exceeded)) = look.await else { return std::future::pending().await };
        match exceeded {
            Some(exceeded) => return exceeded,
            None => watch = same,
        }
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread of the sandbox ended")
}

/// Kills until it is dead: right after the start the first process may not exist yet.
async fn kill(guard: &Guard, started: &mut Started) -> io::Result<Copied> {
    let mut again = interval(INTERVAL);
    loop {
        tokio::select! {
            end = &mut started.end => return end.unwrap_or_else(|_| Err(gone())),
            _ = again.tick() => guard.kill(),
        }
    }
}

fn conclude(why: Why, copied: Copied, exit_code: Option<i32>, disk: &DiskWatch) -> Result<Ended, BuilderError> {
    match (why, copied) {
        (Why::Exceeded(exceeded), _) => Ok(Ended::Exceeded(exceeded)),
        (_, Copied::TooMuch(limit)) => Ok(Ended::Exceeded(Exceeded::Log(limit))),
        (_, Copied::Failed(error)) if error::is_full(&error) => Err(error::disk_full("writing a log")),
        (_, Copied::Failed(error)) => {
            Err(BuilderError::Unavailable(format!("could not write a log: {}", error.kind())))
        }
        (Why::Stopped, _) => Ok(Ended::Stopped),
        (Why::Ended | Why::Output, Copied::All(text)) => Ok(match exit_code {
            None => Ended::NotSetUp(text),
            Some(0) => Ended::Exited(0, text),
            Some(code) => disk.look_at_end().map_or(Ended::Exited(code, text), Ended::Exceeded),
        }),
    }
}
