//! The built program.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `mbs-build` with arguments.
pub struct Program(Command);

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// It while it runs.
pub struct Running(Child);

impl Program {
    /// Will talk to `address`, in an environment that says nothing else.
    pub fn new(address: SocketAddr, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mbs-build"));
        command.args(arguments).env("MBS_URL", format!("http://{address}")).stdin(Stdio::null());
        Self(command)
    }

    /// In that folder.
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Ended {
        let output = self.0.output().unwrap();
        Ended {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        Running(self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }
}

impl Running {
    /// Waits for a line on standard output that contains `text`.
    pub fn wait_for_output(&mut self, text: &str) {
        wait_for(self.0.stdout.as_mut().unwrap(), text);
    }

    /// Waits for a line on standard error that contains `text`.
    pub fn wait_for_notice(&mut self, text: &str) {
        wait_for(self.0.stderr.as_mut().unwrap(), text);
    }

    /// Goes away as the reader of its standard output.
    pub fn close_output(&mut self) {
        self.0.stdout.take();
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        assert!(Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap().success());
    }

    /// Waits for its end; standard output and error are what was not waited for.
    pub fn end(mut self) -> Ended {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        if let Some(mut stream) = self.0.stdout.take() {
            stream.read_to_string(&mut stdout).unwrap();
        }
        self.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        Ended { status: self.0.wait().unwrap().code().unwrap(), stdout, stderr }
    }
}

/// Reads byte by byte, so that nothing of the next line is lost.
fn wait_for(stream: impl Read, text: &str) {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0, "ended without \"{text}\"");
    }
}
