//! An index of the components that are being built: every decision counts them. It is tiny, whatever the table holds, and PostgreSQL
//! reads it in order, which clears it of components that have ended; the index of all states grows with them until the table is
//! vacuumed, which is seldom where it is large.

use sea_orm_migration::prelude::*;

use crate::steps;

#[derive(DeriveMigrationName)]
pub struct Migration;

const NAME: &str = "ix_component_builds_running";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        steps::create_index(manager, NAME, "component_builds (module_id) WHERE state = 0").await
    }
}
