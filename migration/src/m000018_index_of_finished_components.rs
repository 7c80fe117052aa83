//! An index of components by the time at which they ended: statistics are of a bounded time, however many components there are.

use sea_orm_migration::prelude::*;

use crate::steps;

#[derive(DeriveMigrationName)]
pub struct Migration;

const NAME: &str = "ix_component_builds_time_finished";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        steps::create_index(manager, NAME, "component_builds (time_finished) WHERE time_finished IS NOT NULL").await
    }
}
