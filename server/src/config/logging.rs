//! Logs.
//!
//! Options: `LOG_LEVEL`, `LOG_FORMAT`, `LOG_BACKEND`, `LOG_FILE`.

use super::option::{Definition, Group, Kind};
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Logs", options: OPTIONS };

/// Why the old service's choice of a place for logs has no effect.
const STANDARD_ERROR: &str = "logs go to standard error, for systemd or the container to keep";

const OPTIONS: &[Definition] = &[
    Definition::new(
        "LOG_LEVEL",
        Kind::Choice(&["trace", "debug", "info", "warning", "error"]),
        "info",
        "Least important messages that are logged.",
    ),
    Definition::new(
        "LOG_FORMAT",
        Kind::Choice(&["text", "json"]),
        "text",
        "One line of text, or one JSON object, a message.",
    ),
    Definition::new("LOG_BACKEND", Kind::OptionalText, "null", "Where logs go.").ignored(STANDARD_ERROR),
    Definition::new("LOG_FILE", Kind::OptionalText, "", "File that logs go to.").ignored(STANDARD_ERROR),
];

/// Logs.
#[derive(Clone, Debug)]
pub struct Logging {
    /// `LOG_LEVEL` as `tracing` names it: `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// `LOG_FORMAT` is `json`.
    pub json: bool,
}

impl Logging {
    pub(super) fn new(settings: &Settings) -> Self {
        let level = settings.text("LOG_LEVEL");
        Self {
            level: if level == "warning" { "warn".to_owned() } else { level },
            json: settings.text("LOG_FORMAT") == "json",
        }
    }
}
