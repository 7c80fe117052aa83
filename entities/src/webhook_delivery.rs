//! `webhook_deliveries` (ours): what was, or is to be, sent to webhooks.

use sea_orm::entity::prelude::*;

/// It is to be sent, at `time_due` or later.
pub const WAITING: &str = "waiting";
/// The receiver took it.
pub const DELIVERED: &str = "delivered";
/// The receiver did not take it, however often it was sent.
pub const FAILED: &str = "failed";

/// A row of `webhook_deliveries`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The webhook.
    pub webhook_id: i32,
    /// Number of the event in the feed; a webhook has one delivery of each.
    pub number: i64,
    /// Unique id of the event.
    pub event_id: String,
    /// Topic of the event.
    pub topic: String,
    /// What is sent: the event as clients of the feed see it.
    pub body: String,
    /// [`WAITING`], [`DELIVERED`] or [`FAILED`].
    pub state: String,
    /// How often it was sent since it was last asked for.
    pub attempts: i32,
    /// HTTP status of the last answer.
    pub status: Option<i32>,
    /// Why the last attempt was no success.
    pub error: Option<String>,
    /// Milliseconds that the last attempt took.
    pub duration_ms: Option<i32>,
    /// When it was made (UTC).
    pub time_created: DateTime,
    /// When it is to be sent (again).
    pub time_due: DateTime,
    /// When it was delivered, or given up.
    pub time_ended: Option<DateTime>,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
