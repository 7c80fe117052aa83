//! Submissions that their clients named, for `Idempotency-Key`.

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
        let time = match manager.get_database_backend() {
            DbBackend::Postgres => "TIMESTAMP WITHOUT TIME ZONE",
            _ => "DATETIME",
        };
        let table = format!(
            "CREATE TABLE idempotency_keys (
                owner VARCHAR NOT NULL,
                idempotency_key VARCHAR NOT NULL,
                fingerprint VARCHAR NOT NULL,
                build_ids VARCHAR NOT NULL,
                answer VARCHAR,
                time_created {time} NOT NULL,
                PRIMARY KEY (owner, idempotency_key)
            )"
        );
        // For upkeep, which removes the old ones.
        let by_age = "CREATE INDEX ix_idempotency_keys_time_created ON idempotency_keys (time_created)";
        for statement in [table.as_str(), by_age] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
