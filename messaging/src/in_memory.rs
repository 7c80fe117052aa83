//! The embedded default: a bus inside the process that publishes.

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::{Bus, Message, Unavailable};

/// How many messages a subscriber may lag behind before it misses the oldest.
const CAPACITY: usize = 1024;

/// Hands every message to all subscribers in this process.
#[derive(Debug)]
pub struct InMemory {
    sender: broadcast::Sender<Message>,
}

impl Default for InMemory {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(CAPACITY) }
    }
}

impl InMemory {
    /// Messages published from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.sender.subscribe()
    }
}

#[async_trait]
impl Bus for InMemory {
    fn name(&self) -> &'static str {
        "in_memory"
    }

    /// Always succeeds; without subscribers the message is dropped.
    async fn publish(&self, message: &Message) -> Result<(), Unavailable> {
        tracing::debug!(topic = message.topic, event = message.event_id, "published in memory");
        let _subscribers = self.sender.send(message.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(sequence: i64) -> Message {
        Message {
            sequence,
            event_id: format!("event-{sequence}"),
            topic: "module.state.change".to_owned(),
            module_build_id: Some(1),
            body: json!({"id": 1}),
        }
    }

    #[tokio::test]
    async fn subscribers_get_messages_in_order() {
        let bus = InMemory::default();
        bus.publish(&message(0)).await.unwrap();
        let mut subscriber = bus.subscribe();
        bus.publish(&message(1)).await.unwrap();
        bus.publish(&message(2)).await.unwrap();
        assert_eq!(subscriber.recv().await.unwrap().sequence, 1);
        assert_eq!(subscriber.recv().await.unwrap().sequence, 2);
    }
}
