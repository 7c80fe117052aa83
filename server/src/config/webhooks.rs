//! Webhooks.
//!
//! Options: `WEBHOOKS_PER_USER`, `WEBHOOKS_ALLOW_PRIVATE`, `WEBHOOK_TIMEOUT_SECONDS`, `WEBHOOK_MAX_ATTEMPTS`, `WEBHOOK_RETRY_SECONDS`.

use std::time::Duration;

use super::option::{Definition, Group, Kind};
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Webhooks", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "WEBHOOKS_PER_USER",
        Kind::Int(0, 10_000),
        "20",
        "Webhooks that one user may have; 0 is none for anybody.",
    ),
    Definition::new(
        "WEBHOOKS_ALLOW_PRIVATE",
        Kind::Bool,
        "false",
        "Webhooks may be of this machine and of networks that are not the internet. Whoever may submit can then have the service send requests there.",
    ),
    Definition::new("WEBHOOK_TIMEOUT_SECONDS", Kind::Int(1, 300), "10", "Seconds that a receiver may take to answer."),
    Definition::new(
        "WEBHOOK_MAX_ATTEMPTS",
        Kind::Int(1, 100),
        "8",
        "Attempts to deliver an event before the webhook is switched off.",
    ),
    Definition::new(
        "WEBHOOK_RETRY_SECONDS",
        Kind::Int(0, 3600),
        "10",
        "Seconds between the first attempt and the second; each pause is twice as long as the one before, an hour at most.",
    ),
];

/// Webhooks.
#[derive(Clone, Copy, Debug)]
pub struct Webhooks {
    /// `WEBHOOKS_PER_USER`.
    pub per_user: u64,
    /// `WEBHOOKS_ALLOW_PRIVATE`.
    pub allow_private: bool,
    /// `WEBHOOK_TIMEOUT_SECONDS`.
    pub timeout: Duration,
    /// `WEBHOOK_MAX_ATTEMPTS`.
    pub max_attempts: i32,
    /// `WEBHOOK_RETRY_SECONDS`.
    pub retry: Duration,
}

impl Webhooks {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            per_user: settings.number("WEBHOOKS_PER_USER"),
            allow_private: settings.flag("WEBHOOKS_ALLOW_PRIVATE"),
            timeout: settings.seconds("WEBHOOK_TIMEOUT_SECONDS"),
            max_attempts: i32::try_from(settings.number("WEBHOOK_MAX_ATTEMPTS")).unwrap_or(i32::MAX),
            retry: settings.seconds("WEBHOOK_RETRY_SECONDS"),
        }
    }
}
