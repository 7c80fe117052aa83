//! Message buses: where the world hears about state changes.
//!
//! A [`Bus`] is handed the messages of the outbox in their order, after the commit that made them true, each at least once. It
//! returns when the bus has taken the message; an error means "not taken", and the same message comes again later.
//!
//! To add a bus: a file beside `in_memory.rs` with its settings and an implementation of [`Bus`], and a line in
//! `server/src/assemble.rs`, the single place that chooses one.

pub mod in_memory;

use async_trait::async_trait;
use serde_json::Value;

pub use in_memory::InMemory;

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Number in the feed; grows.
    pub sequence: i64,
    /// Unique id; the same when the message is sent again.
    pub event_id: String,
    /// E.g. `module.state.change`.
    pub topic: String,
    /// The module build it is about.
    pub module_build_id: Option<i32>,
    /// JSON object.
    pub body: Value,
}

/// The bus did not take a message.
#[derive(Debug, thiserror::Error)]
#[error("the message bus is not available: {0}")]
pub struct Unavailable(pub String);

/// A message bus.
#[async_trait]
pub trait Bus: Send + Sync {
    /// The name it is chosen by in the configuration, e.g. `in_memory`.
    fn name(&self) -> &'static str;

    /// Sends one message; it may be sent again later with the same [`Message::event_id`].
    async fn publish(&self, message: &Message) -> Result<(), Unavailable>;
}
