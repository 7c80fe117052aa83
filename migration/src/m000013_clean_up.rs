//! What is still to be removed of a module build that has ended, so that it does not depend on a wake-up: a number, 0 where there is
//! nothing. The index is small: it holds only builds with something to remove.

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
        let column = ("clean_up", "INTEGER NOT NULL DEFAULT 0".to_owned());
        steps::add_columns(manager, "module_builds", &[column]).await?;
        steps::create_index(manager, "ix_module_builds_clean_up", "module_builds (id) WHERE clean_up IN (1, 2)").await
    }
}
