//! The ways a command can end other than well, each with its exit status.

use std::io;

/// Why a command did not succeed. The message is what the user reads: one sentence, never a backtrace.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A watched build ended as failed or cancelled. What went wrong has been shown already.
    #[error("{0}")]
    BuildFailed(String),
    /// The command line, a file or the git repository of the current folder cannot be used as given.
    #[error("{0}")]
    Usage(String),
    /// The service answered with a 4xx status; `message` is its own.
    #[error("{message} (status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the service says about it.
        message: String,
    },
    /// No answer, a 5xx answer or an answer that no Module Build Service gives, after all attempts.
    #[error("{0}")]
    Unreachable(String),
    /// `--timeout` passed before the builds ended.
    #[error("{0}")]
    TimedOut(String),
    /// Ctrl-C while watching.
    #[error("{0}")]
    Interrupted(String),
    /// The reader of our output went away, as `head` does.
    #[error("the output was closed")]
    OutputClosed,
    /// Something on this machine does not work.
    #[error("{0}")]
    Local(String),
}

impl Failure {
    /// The status for scripts; `mbs-build --help` lists them.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::BuildFailed(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused { .. } => 3,
            Self::Unreachable(_) => 4,
            Self::TimedOut(_) => 5,
            Self::Local(_) => 6,
            Self::Interrupted(_) => 130,
            Self::OutputClosed => 141,
        }
    }

    /// The name that `--json` gives this failure.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BuildFailed(_) => "build-failed",
            Self::Usage(_) => "usage",
            Self::Refused { .. } => "refused",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut(_) => "timeout",
            Self::Interrupted(_) => "interrupted",
            Self::OutputClosed => "output-closed",
            Self::Local(_) => "local",
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Local(format!("cannot write the output: {error}")),
        }
    }
}
