//! The processes of a sandbox and what they use. All of them descend from its first process: the kernel gives orphans to it.

use std::fs;
use std::path::PathBuf;

use rustix::process::Pid;

/// Threads and memory of a sandbox at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Threads of all processes.
    pub threads: u64,
    /// Bytes; pages shared between processes count once for each.
    pub memory: u64,
}

/// Adds up the first process and all that descend from it. Processes that end meanwhile count as nothing.
pub(super) fn usage(first: Pid) -> Usage {
    let mut total = Usage::default();
    each(first, |process| {
        let (threads, memory) = threads_and_memory(process);
        total.threads += threads;
        total.memory += memory;
    });
    total
}

/// Bytes with shared pages counted once; slow, so asked only when [`usage`] is over the limit.
pub(super) fn exact_memory(first: Pid) -> u64 {
    let mut total = 0;
    each(first, |process| {
        let text = fs::read_to_string(folder(process).join("smaps_rollup")).unwrap_or_default();
        total += kilobytes(&text, "Pss:").unwrap_or_else(|| threads_and_memory(process).1);
    });
    total
}

fn each(first: Pid, mut visit: impl FnMut(u32)) {
    let mut open = vec![u32::try_from(first.as_raw_nonzero().get()).unwrap_or_default()];
    while let Some(process) = open.pop() {
        visit(process);
        // Children belong to the thread that made them.
        for thread in fs::read_dir(folder(process).join("task")).into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            open.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
}

fn threads_and_memory(process: u32) -> (u64, u64) {
    let status = fs::read_to_string(folder(process).join("status")).unwrap_or_default();
    let threads = field(&status, "Threads:").unwrap_or_default();
    let memory =
        kilobytes(&status, "RssAnon:").unwrap_or_default() + kilobytes(&status, "RssShmem:").unwrap_or_default();
    (threads, memory)
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    field(text, name).map(|kilobytes| kilobytes * 1024)
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn folder(process: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{process}"))
}
