//! What connections to the HTTP server may take: how many there are, and how long each may do nothing.
//!
//! Options: `MAX_CONNECTIONS`, `HEADER_TIMEOUT_SECONDS`, `KEEP_ALIVE_SECONDS`, `SEND_TIMEOUT_SECONDS`, `TLS_CERTIFICATE_FILE`,
//! `TLS_KEY_FILE`.

use std::time::Duration;

use super::option::{Definition, Group, Kind};
use super::settings::Settings;
use crate::listener::TlsFiles;

pub(super) const GROUP: Group = Group { title: "Connections", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "MAX_CONNECTIONS",
        Kind::Int(1, 1_000_000),
        "4096",
        "Connections that may be open at a time; more are answered with 503 and closed. Fewer, where the hard limit of open files (`ulimit -Hn`) does not allow as many.",
    ),
    Definition::new(
        "HEADER_TIMEOUT_SECONDS",
        Kind::Int(1, 3600),
        "10",
        "Seconds from the first byte of a request to the end of its headers; after them the connection is closed.",
    ),
    Definition::new(
        "KEEP_ALIVE_SECONDS",
        Kind::Int(1, 86400),
        "75",
        "Seconds that a connection stays open without a request. A proxy before the service should keep its connections for less.",
    ),
    Definition::new(
        "SEND_TIMEOUT_SECONDS",
        Kind::Int(1, 3600),
        "60",
        "Seconds that a client may take nothing of an answer; after them the connection is closed.",
    ),
    Definition::new(
        "TLS_CERTIFICATE_FILE",
        Kind::Path,
        "",
        "The service's certificate, followed by those between it and its authority (PEM); with it the service speaks HTTPS only. Taken anew when it changes.",
    ),
    Definition::new("TLS_KEY_FILE", Kind::Path, "", "The key of `TLS_CERTIFICATE_FILE` (PEM)."),
];

/// Certificate and key of the HTTP server; none where it speaks plain HTTP, or where one of the two is missing.
pub(super) fn tls(settings: &Settings) -> Option<TlsFiles> {
    Some(TlsFiles { certificate: settings.path("TLS_CERTIFICATE_FILE")?, key: settings.path("TLS_KEY_FILE")? })
}

/// What connections to the HTTP server may take.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// `MAX_CONNECTIONS`.
    pub most: usize,
    /// `HEADER_TIMEOUT_SECONDS`.
    pub header_timeout: Duration,
    /// `KEEP_ALIVE_SECONDS`.
    pub keep_alive: Duration,
    /// `SEND_TIMEOUT_SECONDS`.
    pub send_timeout: Duration,
}

impl Connections {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            most: settings.count("MAX_CONNECTIONS"),
            header_timeout: settings.seconds("HEADER_TIMEOUT_SECONDS"),
            keep_alive: settings.seconds("KEEP_ALIVE_SECONDS"),
            send_timeout: settings.seconds("SEND_TIMEOUT_SECONDS"),
        }
    }
}
