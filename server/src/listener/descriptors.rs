//! How many files may be open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What else is open: databases, queue, folders, logs, processes.
const OTHERS: u64 = 256;

/// Raises this process's limit so that `connections` fit, as far as it may; returns how many do.
///
/// It is raised no further than that: children inherit it, and some programs look at every number up to it.
pub fn make_room(connections: usize) -> usize {
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHERS);
    let limit = getrlimit(Resource::Nofile);
    let (now, most) = (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX));
    let mut available = now;
    if now < wanted {
        let raised = wanted.min(most);
        match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }) {
            Ok(()) => available = raised,
            Err(error) => tracing::warn!(%error, "cannot raise the limit of open files"),
        }
    }
    let room = room(connections, available);
    if room < connections {
        tracing::warn!(room, available, "fewer connections than MAX_CONNECTIONS: the limit of open files is too low");
    }
    room
}

fn room(connections: usize, available: u64) -> usize {
    let room = available.saturating_sub(OTHERS).max(available / 2).max(1);
    connections.min(usize::try_from(room).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_left_for_others() {
        assert_eq!(room(4096, 1 << 20), 4096);
        assert_eq!(room(4096, 1024), 768);
        assert_eq!(room(4096, 64), 32);
        assert_eq!(room(1, 0), 1);
    }
}
