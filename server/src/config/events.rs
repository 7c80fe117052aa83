//! Streams of events.
//!
//! Options: `EVENTS_MAX_SUBSCRIBERS`, `EVENTS_MAX_SUBSCRIBERS_PER_CLIENT`, `EVENTS_HEARTBEAT_SECONDS`, `EVENTS_MEMORY_BYTES`.

use std::time::Duration;

use super::option::{Definition, Group, Kind};
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Events", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "EVENTS_MAX_SUBSCRIBERS",
        Kind::Int(0, 1_000_000),
        "1000",
        "Streams of events that one process serves at a time; each is an open connection, too (`MAX_CONNECTIONS`).",
    ),
    Definition::new(
        "EVENTS_MAX_SUBSCRIBERS_PER_CLIENT",
        Kind::Int(0, 1_000_000),
        "50",
        "Those of them that one address may have.",
    ),
    Definition::new(
        "EVENTS_HEARTBEAT_SECONDS",
        Kind::Int(1, 3600),
        "15",
        "Seconds without an event after which a stream says that it is still there. A proxy before the service should wait for longer.",
    ),
    Definition::new(
        "EVENTS_MEMORY_BYTES",
        Kind::Bytes,
        "16M",
        "Memory for the newest events, per process that serves. A client that is further behind, because it reads slowly, is dropped and resumes.",
    ),
];

/// Streams of events.
#[derive(Clone, Copy, Debug)]
pub struct Events {
    /// `EVENTS_MAX_SUBSCRIBERS`.
    pub subscribers: usize,
    /// `EVENTS_MAX_SUBSCRIBERS_PER_CLIENT`.
    pub subscribers_per_client: usize,
    /// `EVENTS_HEARTBEAT_SECONDS`.
    pub heartbeat: Duration,
    /// `EVENTS_MEMORY_BYTES`.
    pub memory: usize,
}

impl Events {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            subscribers: settings.count("EVENTS_MAX_SUBSCRIBERS"),
            subscribers_per_client: settings.count("EVENTS_MAX_SUBSCRIBERS_PER_CLIENT"),
            heartbeat: settings.seconds("EVENTS_HEARTBEAT_SECONDS"),
            memory: settings.count("EVENTS_MEMORY_BYTES"),
        }
    }
}
