//! Tokens that users make for their scripts.

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
        let table = format!(
            "CREATE TABLE api_tokens (
                id {id},
                owner VARCHAR NOT NULL,
                name VARCHAR NOT NULL,
                hash VARCHAR NOT NULL,
                groups_json VARCHAR NOT NULL,
                scopes VARCHAR NOT NULL,
                time_created {time} NOT NULL,
                time_expires {time} NOT NULL,
                time_last_used {time},
                time_revoked {time}
            )"
        );
        let by_owner = "CREATE INDEX ix_api_tokens_owner ON api_tokens (owner)";
        for statement in [table.as_str(), by_owner] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
