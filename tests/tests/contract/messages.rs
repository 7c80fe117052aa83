//! What the program has told the message bus: rows of the table `outbox`. Nobody publishes them here, so they stay.

use entities::outbox::{Column, Entity};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

/// A message, recorded or ours.
#[derive(Clone, Debug)]
pub struct Message {
    pub topic: String,
    pub body: Value,
}

/// Reads what was added since it was last asked.
pub struct Feed {
    db: DatabaseConnection,
    last: i64,
}

impl Feed {
    /// All messages of a database.
    pub fn of(db: DatabaseConnection) -> Self {
        Self { db, last: 0 }
    }

    /// New messages in their order; `neutral` takes out of their texts what differs from run to run.
    pub async fn read(&mut self, neutral: impl Fn(&str) -> String) -> Vec<Message> {
        let rows =
            Entity::find().filter(Column::Id.gt(self.last)).order_by_asc(Column::Id).all(&self.db).await.unwrap();
        self.last = rows.last().map_or(self.last, |row| row.id);
        let message = |row: entities::outbox::Model| Message {
            body: serde_json::from_str(&neutral(&row.body)).unwrap(),
            topic: row.topic,
        };
        rows.into_iter().map(message).collect()
    }
}
