//! `webhooks` (ours): addresses that are told what happens.

use sea_orm::entity::prelude::*;

/// A row of `webhooks`.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Who made it.
    pub owner: String,
    /// Where events are sent.
    pub url: String,
    /// What they are signed with. As it is: a hash could not sign. Shown once, when it is made.
    pub secret: String,
    /// Which events: a [`Filter`](crate::event_filter::Filter) as JSON.
    pub filter: String,
    /// Number of the last event that was looked at.
    pub position: i64,
    /// Whether events are sent.
    pub active: bool,
    /// Why they are not.
    pub reason: Option<String>,
    /// When it was made (UTC).
    pub time_created: DateTime,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).field("url", &self.url).finish_non_exhaustive()
    }
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
