//! `outbox` (ours): what is to be told to the message bus, written in the transaction that made it true.
//!
//! Messages leave after the commit, in the order of their numbers, at least once; `event_id` is how a consumer drops repetitions.
//! [`feed`](crate::feed) gives the numbers.

use sea_orm::Set;
use sea_orm::entity::prelude::*;

use crate::db::Transaction;

/// A row of `outbox`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Counts up as rows are written, which is not the order in which they become visible.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Unique id of the message, a UUID.
    #[sea_orm(unique)]
    pub event_id: String,
    /// E.g. `module.state.change`.
    pub topic: String,
    /// JSON object.
    pub body: String,
    /// The module build it is about.
    pub module_build_id: Option<i32>,
    /// When it was written (UTC).
    pub time_created: DateTime,
    /// When the bus took it (UTC); `None` while it waits.
    pub time_published: Option<DateTime>,
    /// Number in the feed, without gaps and in the order in which messages became visible; `None` until the relay has seen it.
    pub number: Option<i64>,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes a message into the feed, with the commit of the caller's transaction.
pub fn append(tx: &Transaction, now: DateTime, topic: &str, module_build_id: i32, body: &serde_json::Value) {
    tx.tell(ActiveModel {
        event_id: Set(uuid::Uuid::new_v4().to_string()),
        topic: Set(topic.to_owned()),
        body: Set(body.to_string()),
        module_build_id: Set(Some(module_build_id)),
        time_created: Set(now),
        ..Default::default()
    });
}
