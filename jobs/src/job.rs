//! The jobs by name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::queue::Lane;

/// A wake-up: what to look at. Everything else is in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", content = "id", rename_all = "snake_case")]
pub enum Job {
    /// Decide what is due for a module build.
    Advance(i32),
    /// Look up components and commits of a module build.
    ValidateModule(i32),
    /// Make the buildroot of a module build.
    PrepareBuildroot(i32),
    /// Build a component.
    BuildComponent(i32),
    /// Make the next repository of a module build.
    RegenerateRepository(i32),
    /// Publish a module build.
    FinalizeModule(i32),
    /// Ask the gate whether a module build may become ready.
    AskGate(i32),
    /// Remove what nobody needs any more of a module build.
    CleanUpModule(i32),
    /// Hand waiting messages to the bus.
    PublishMessages,
    /// Tell webhooks what happens.
    SendWebhooks,
    /// Push again what is due.
    Upkeep,
}

impl Job {
    /// The lane it waits in.
    pub fn lane(self) -> Lane {
        match self {
            Self::Advance(_) | Self::PublishMessages | Self::Upkeep => Lane::Control,
            Self::ValidateModule(_)
            | Self::PrepareBuildroot(_)
            | Self::RegenerateRepository(_)
            | Self::FinalizeModule(_)
            | Self::AskGate(_)
            | Self::CleanUpModule(_)
            | Self::SendWebhooks => Lane::Prepare,
            Self::BuildComponent(_) => Lane::Build,
        }
    }

    /// Its name in payloads and metrics.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Advance(_) => "advance",
            Self::ValidateModule(_) => "validate_module",
            Self::PrepareBuildroot(_) => "prepare_buildroot",
            Self::BuildComponent(_) => "build_component",
            Self::RegenerateRepository(_) => "regenerate_repository",
            Self::FinalizeModule(_) => "finalize_module",
            Self::AskGate(_) => "ask_gate",
            Self::CleanUpModule(_) => "clean_up_module",
            Self::PublishMessages => "publish_messages",
            Self::SendWebhooks => "send_webhooks",
            Self::Upkeep => "upkeep",
        }
    }

    /// What travels through the queue, e.g. `{"job": "advance", "id": 42}`.
    pub fn payload(self) -> Value {
        match serde_json::to_value(self) {
            Ok(payload) => payload,
            Err(_) => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_read_back() {
        for job in [Job::Advance(42), Job::BuildComponent(1), Job::PublishMessages] {
            assert_eq!(serde_json::from_value::<Job>(job.payload()).unwrap(), job);
            assert_eq!(job.payload()["job"], job.kind());
        }
        assert_eq!(Job::Advance(42).payload(), serde_json::json!({"job": "advance", "id": 42}));
    }
}
