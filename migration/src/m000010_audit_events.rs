//! Who changed what.

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
            DbBackend::Postgres => ("BIGSERIAL PRIMARY KEY", "TIMESTAMP WITHOUT TIME ZONE"),
            _ => ("INTEGER PRIMARY KEY AUTOINCREMENT", "DATETIME"),
        };
        let table = format!(
            "CREATE TABLE audit_events (
                id {id},
                time {time} NOT NULL,
                user_name VARCHAR,
                method VARCHAR,
                address VARCHAR,
                request_id VARCHAR,
                action VARCHAR NOT NULL,
                subject VARCHAR,
                outcome VARCHAR NOT NULL,
                status INTEGER,
                message VARCHAR
            )"
        );
        // For upkeep, which removes the old ones; and for the two questions that are asked most: what somebody did, and who did
        // something to a build.
        let by_age = "CREATE INDEX ix_audit_events_time ON audit_events (time)";
        let by_user = "CREATE INDEX ix_audit_events_user_name ON audit_events (user_name, id)";
        let by_subject = "CREATE INDEX ix_audit_events_subject ON audit_events (subject, id)";
        for statement in [table.as_str(), by_age, by_user, by_subject] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
