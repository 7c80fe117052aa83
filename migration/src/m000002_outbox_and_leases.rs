//! Two tables of ours: messages that wait to be told, and who works on what.

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
        let (key, time) = match manager.get_database_backend() {
            DbBackend::Postgres => ("BIGSERIAL NOT NULL PRIMARY KEY", "TIMESTAMP WITHOUT TIME ZONE"),
            _ => ("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "DATETIME"),
        };
        let outbox = format!(
            "CREATE TABLE outbox (
                id {key},
                event_id VARCHAR NOT NULL UNIQUE,
                topic VARCHAR NOT NULL,
                body VARCHAR NOT NULL,
                module_build_id INTEGER,
                time_created {time} NOT NULL,
                time_published {time}
            )"
        );
        let leases = format!(
            "CREATE TABLE leases (
                name VARCHAR NOT NULL PRIMARY KEY,
                holder VARCHAR NOT NULL,
                token BIGINT NOT NULL,
                expires_at {time} NOT NULL
            )"
        );
        let waiting = "CREATE INDEX ix_outbox_waiting ON outbox (id) WHERE time_published IS NULL";
        for statement in [outbox.as_str(), leases.as_str(), waiting] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
