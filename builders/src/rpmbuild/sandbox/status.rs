//! What `bwrap` reports: one JSON object a line, the first process of the sandbox and how the command ended.

use std::fs;
use std::path::Path;

use rustix::process::Pid;
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "child-pid")]
    child_pid: Option<i32>,
    #[serde(rename = "exit-code")]
    exit_code: Option<i32>,
}

/// The status file as far as it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Status {
    /// The process whose end ends all others of the sandbox.
    pub first_process: Option<Pid>,
    /// How the command ended; missing if the sandbox could not be set up or was killed.
    pub exit_code: Option<i32>,
}

impl Status {
    pub(super) fn read(path: &Path) -> Self {
        let mut status = Self::default();
        let text = fs::read_to_string(path).unwrap_or_default();
        for line in text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
            status.first_process = line.child_pid.and_then(Pid::from_raw).or(status.first_process);
            status.exit_code = line.exit_code.or(status.exit_code);
        }
        status
    }
}
