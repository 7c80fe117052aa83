//! What decides who gets a free slot: priorities of builds, how long components are expected to take, which builds have components
//! that could start, and when each owner was given a slot last.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::steps;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let time = match manager.get_database_backend() {
            DbBackend::Postgres => "TIMESTAMP WITHOUT TIME ZONE",
            _ => "DATETIME",
        };
        let priority = ("priority", "INTEGER NOT NULL DEFAULT 0".to_owned());
        steps::add_columns(manager, "module_builds", &[priority]).await?;
        let expected = ("expected_seconds", "DOUBLE PRECISION".to_owned());
        steps::add_columns(manager, "component_builds", &[expected]).await?;
        // Both stay small: builds that are being built, and owners.
        let waiting = "CREATE TABLE IF NOT EXISTS waiting_builds (
            module_id INTEGER NOT NULL PRIMARY KEY,
            ready INTEGER NOT NULL,
            longest DOUBLE PRECISION NOT NULL
        )";
        let owners = format!(
            "CREATE TABLE IF NOT EXISTS slot_owners (owner VARCHAR NOT NULL PRIMARY KEY, last_start {time} NOT NULL)"
        );
        for table in [waiting, &owners] {
            manager.get_connection().execute_unprepared(table).await?;
        }
        Ok(())
    }
}
