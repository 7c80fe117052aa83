//! Numbers for messages that became visible: beside the job that wrote them, without the queue. Who follows the feed waits for that only.
//!
//! Nothing is lost with it: `publish_messages` numbers what this has left.

use std::sync::Arc;
use std::time::Duration;

use entities::feed;
use sea_orm::{DatabaseConnection, DbErr};
use tokio::sync::Notify;

use crate::Seldom;

/// While many messages are written, one waits at most this long.
const PAUSE: Duration = Duration::from_millis(50);
/// Messages numbered in one transaction.
const AT_ONCE: u64 = 500;

/// Numbers the messages of one database.
#[derive(Debug)]
pub struct Numbering {
    db: DatabaseConnection,
    /// Rung when there are new numbers, for readers of the feed in this process.
    bell: Arc<Notify>,
    seldom: Seldom,
}

impl Numbering {
    /// Of this database; rings `bell`.
    pub fn new(db: DatabaseConnection, bell: Arc<Notify>) -> Self {
        Self { db, bell, seldom: Seldom::every(PAUSE) }
    }

    /// Has messages numbered that were just committed: at once, or with those of others in a moment.
    pub fn ring(self: &Arc<Self>) {
        if !self.seldom.is_due() {
            return;
        }
        let this = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                if let Err(error) = this.number().await {
                    tracing::debug!(%error, "messages were not numbered; the job that publishes them will");
                }
                this.seldom.pause().await;
                if !this.seldom.is_due_again() {
                    return;
                }
            }
        });
    }

    /// Numbers all that are visible.
    pub async fn number(&self) -> Result<(), DbErr> {
        while feed::number(&self.db, AT_ONCE).await? == AT_ONCE {}
        self.bell.notify_one();
        Ok(())
    }
}
