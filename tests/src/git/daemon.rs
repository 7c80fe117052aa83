//! `git daemon`: repositories over the network.

use std::process::Command;

use tokio::net::TcpStream;

use super::Git;
use crate::process::{Process, free_port};
use crate::wait::{LONG, until_true};

/// A server for a folder of repositories.
#[derive(Debug)]
pub struct Daemon {
    /// It listens at 127.0.0.1 here.
    pub port: u16,
    _process: Process,
}

impl Daemon {
    /// Serves all repositories of `git`.
    pub async fn serve(git: &Git) -> Self {
        Self::serve_at(git, free_port()).await
    }

    /// The same at a port of the caller's.
    pub async fn serve_at(git: &Git, port: u16) -> Self {
        let mut command = Command::new("git");
        command.args(["daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1"]);
        command.arg(format!("--port={port}")).arg(format!("--base-path={}", git.folder().display())).arg(git.folder());
        let log = git.folder().parent().unwrap().join(format!("git-daemon-{port}.log"));
        let process = Process::start("git daemon", &mut command, &log);
        until_true("git daemon to listen", LONG, async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        Self { port, _process: process }
    }
}
