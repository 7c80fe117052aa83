//! Limits of a running sandbox.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::disk::DiskWatch;
use super::processes;
use super::status::Status;
use crate::rpmbuild::settings::Limits;

/// Time between two looks.
pub(super) const INTERVAL: Duration = Duration::from_millis(100);

/// The limit that a sandbox went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// It took longer.
    Time(Duration),
    /// Its processes held more bytes of memory.
    Memory(u64),
    /// It had more processes and threads.
    Processes(u64),
    /// It wrote more bytes to disk.
    Disk(u64),
    /// It wrote more bytes of log.
    Log(u64),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(limit) => write!(f, "it took longer than the time limit of {}", Span(*limit)),
            Self::Memory(limit) => write!(f, "it used more than the memory limit of {}", Bytes(*limit)),
            Self::Processes(limit) => write!(f, "it ran more processes at once than the limit of {limit}"),
            Self::Disk(limit) => write!(f, "it wrote more to disk than the limit of {}", Bytes(*limit)),
            Self::Log(limit) => write!(f, "it wrote more log than the limit of {}", Bytes(*limit)),
        }
    }
}

struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIB: u64 = 1 << 20;
        match self.0 {
            bytes if bytes >= MIB * 1024 && bytes % (MIB * 1024) == 0 => write!(f, "{} GiB", bytes / MIB / 1024),
            bytes if bytes >= MIB => write!(f, "{} MiB", bytes / MIB),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            0 => write!(f, "{} ms", self.0.as_millis()),
            seconds if seconds % 3600 == 0 => write!(f, "{} h", seconds / 3600),
            seconds if seconds % 60 == 0 => write!(f, "{} min", seconds / 60),
            seconds => write!(f, "{seconds} s"),
        }
    }
}

/// Looks at one sandbox again and again.
#[derive(Debug)]
pub(super) struct Watch {
    limits: Limits,
    status: PathBuf,
    started: Instant,
    disk: DiskWatch,
}

impl Watch {
    pub(super) fn new(limits: Limits, disk_folder: &std::path::Path, status: PathBuf, now: Instant) -> Self {
        let disk = DiskWatch::new(disk_folder, limits.disk);
        Self { limits, status, started: now, disk }
    }

    /// The limit that it is over, if any.
    pub(super) fn look(&mut self, now: Instant) -> Option<Exceeded> {
        if now.duration_since(self.started) > self.limits.time {
            return Some(Exceeded::Time(self.limits.time));
        }
        if self.disk.is_exceeded(now) {
            return Some(Exceeded::Disk(self.limits.disk));
        }
        let first = Status::read(&self.status).first_process?;
        let usage = processes::usage(first);
        if usage.threads > self.limits.processes {
            return Some(Exceeded::Processes(self.limits.processes));
        }
        let memory = self.limits.memory;
        (usage.memory > memory && processes::exact_memory(first) > memory).then_some(Exceeded::Memory(memory))
    }

    /// The part that looks once more when all is over.
    pub(super) fn disk(&self) -> DiskWatch {
        self.disk.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_named_as_people_write_them() {
        for (exceeded, text) in [
            (Exceeded::Time(Duration::from_hours(6)), "it took longer than the time limit of 6 h"),
            (Exceeded::Time(Duration::from_secs(90)), "it took longer than the time limit of 90 s"),
            (Exceeded::Memory(8 << 30), "it used more than the memory limit of 8 GiB"),
            (Exceeded::Processes(50), "it ran more processes at once than the limit of 50"),
            (Exceeded::Disk(1500 << 20), "it wrote more to disk than the limit of 1500 MiB"),
            (Exceeded::Log(1000), "it wrote more log than the limit of 1000 bytes"),
        ] {
            assert_eq!(exceeded.to_string(), text);
        }
    }
}
