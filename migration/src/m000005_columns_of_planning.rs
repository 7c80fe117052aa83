//! Columns of ours about the plan of a build: what became of a component's packages of earlier builds and why, and what a component
//! needs where `buildafter` says it. Both may be empty.

use sea_orm_migration::prelude::*;

use crate::steps;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &[&str] = &["reuse", "needs"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns: Vec<_> = COLUMNS.iter().map(|column| (*column, "VARCHAR".to_owned())).collect();
        steps::add_columns(manager, "component_builds", &columns).await
    }
}
