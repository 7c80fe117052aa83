//! Addresses that are told what happens, and what became of that.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (id, time) = match manager.get_database_backend() {
            DbBackend::Postgres => ("SERIAL PRIMARY KEY", "TIMESTAMP WITHOUT TIME ZONE"),
            _ => ("INTEGER PRIMARY KEY AUTOINCREMENT", "DATETIME"),
        };
        let webhooks = format!(
            "CREATE TABLE webhooks (
                id {id},
                owner VARCHAR NOT NULL,
                url VARCHAR NOT NULL,
                secret VARCHAR NOT NULL,
                filter VARCHAR NOT NULL,
                position BIGINT NOT NULL,
                active BOOLEAN NOT NULL,
                reason VARCHAR,
                time_created {time} NOT NULL
            )"
        );
        let deliveries = format!(
            "CREATE TABLE webhook_deliveries (
                id {id},
                webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
                number BIGINT NOT NULL,
                event_id VARCHAR NOT NULL,
                topic VARCHAR NOT NULL,
                body VARCHAR NOT NULL,
                state VARCHAR NOT NULL,
                attempts INTEGER NOT NULL,
                status INTEGER,
                error VARCHAR,
                duration_ms INTEGER,
                time_created {time} NOT NULL,
                time_due {time} NOT NULL,
                time_ended {time},
                UNIQUE (webhook_id, number)
            )"
        );
        let by_owner = "CREATE INDEX ix_webhooks_owner ON webhooks (owner)";
        let waiting =
            "CREATE INDEX ix_webhook_deliveries_waiting ON webhook_deliveries (webhook_id, id) WHERE state = 'waiting'";
        let by_age = "CREATE INDEX ix_webhook_deliveries_time_ended ON webhook_deliveries (time_ended)";
        for statement in [webhooks.as_str(), deliveries.as_str(), by_owner, waiting, by_age] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
