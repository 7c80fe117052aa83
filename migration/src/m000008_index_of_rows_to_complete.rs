//! An index of the module builds whose `buildrequires_json` is still to be derived: those that the Python service wrote. It says at
//! once whether there are any, and is empty once they are complete.

use sea_orm_migration::prelude::*;

use crate::steps;

#[derive(DeriveMigrationName)]
pub struct Migration;

const NAME: &str = "ix_module_builds_to_complete";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        steps::create_index(manager, NAME, "module_builds (id) WHERE buildrequires_json IS NULL").await
    }
}
