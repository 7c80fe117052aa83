//! A Redis that can be stopped and emptied. It keeps nothing on disk, so a restarted one is empty.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::Signal;

use crate::process::{Process, free_port};
use crate::wait::{LONG, until_true};

/// A Redis server.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    folder: PathBuf,
    process: Mutex<Option<Process>>,
}

impl Redis {
    /// Starts one; its log goes into `folder`.
    pub async fn start(folder: &Path) -> Self {
        let redis = Self { port: free_port(), folder: folder.to_owned(), process: Mutex::default() };
        redis.restart().await;
        redis
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Starts it again after [`Redis::kill`].
    pub async fn restart(&self) {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]).arg(self.port.to_string());
        let process = Process::start("redis", &mut command, &self.folder.join("redis.log"));
        *self.process.lock().unwrap() = Some(process);
        until_true("Redis to answer", LONG, async || {
            self.ask("PING").is_some_and(|answer| answer.starts_with("+PONG"))
        })
        .await;
    }

    /// `kill -9`.
    pub fn kill(&self) {
        let process = self.process.lock().unwrap().take();
        process.expect("Redis runs").kill();
    }

    /// Keeps connections open and answers nothing until [`Redis::thaw`].
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Goes on after [`Redis::freeze`].
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Forgets everything.
    pub fn flush(&self) {
        assert_eq!(self.ask("FLUSHALL").as_deref(), Some("+OK\r\n"));
    }

    fn signal(&self, signal: Signal) {
        self.process.lock().unwrap().as_ref().expect("Redis runs").signal(signal);
    }

    fn ask(&self, command: &str) -> Option<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        connection.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        connection.write_all(format!("{command}\r\n").as_bytes()).ok()?;
        let mut answer = [0; 64];
        let length = connection.read(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer[..length]).into_owned())
    }
}
