//! Numbers of messages in the feed: given out in the order in which messages became visible, without gaps.
//!
//! Messages that are there already are numbered by the relay, in the order of their ids.

use sea_orm_migration::prelude::*;

use crate::steps;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        steps::add_columns(manager, "outbox", &[("number", "BIGINT".to_owned())]).await?;
        steps::create_index(manager, "ix_outbox_number", "outbox (number)").await?;
        steps::create_index(manager, "ix_outbox_unnumbered", "outbox (id) WHERE number IS NULL").await?;
        let table = "CREATE TABLE IF NOT EXISTS feed (id INTEGER NOT NULL PRIMARY KEY, newest BIGINT NOT NULL)";
        let row = "INSERT INTO feed (id, newest) VALUES (1, 0) ON CONFLICT (id) DO NOTHING";
        for statement in [table, row] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
