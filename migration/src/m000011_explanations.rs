//! Columns of ours that say of a component why it failed and how long it is expected to take, and an index over what was built, from
//! which that is estimated. Changes of all of them count, and of the retries that are shown with them.

use sea_orm_migration::prelude::*;

use crate::{m000006_revisions, steps};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "component_builds";

const COLUMNS: &[(&str, &str)] = &[
    ("verdict", "VARCHAR"),
    ("phase", "VARCHAR"),
    ("error", "VARCHAR"),
    ("error_line", "INTEGER"),
    ("estimate", "INTEGER"),
];

/// Shown since now.
const WATCHED: &[&str] = &["verdict", "phase", "error", "error_line", "estimate", "retries", "retry_at"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns: Vec<_> = COLUMNS.iter().map(|(column, kind)| (*column, (*kind).to_owned())).collect();
        steps::add_columns(manager, TABLE, &columns).await?;
        let history = "component_builds (package, id) WHERE state = 1 AND time_finished IS NOT NULL";
        steps::create_index(manager, "ix_component_builds_history", history).await?;
        let triggers = m000006_revisions::watch_more(TABLE, WATCHED, manager.get_database_backend());
        steps::run(manager, &triggers).await
    }
}
