//! Schema changes, in order, one a file. They know nothing of today's entities, so that they keep working as those change.
//!
//! The first adopts a database that the Python service made, or makes the same tables in an empty one. To add one: a file
//! `mNNNNNN_what_it_does.rs` with `up`, and a line in [`Migrator::migrations`].
//!
//! A database in use must not stand still for a second. A change of a table that may be large is made of [`steps`]; any other is one
//! short transaction that makes no index on a large table.

pub use sea_orm_migration::prelude::*;

mod m000001_adopt_python_schema;
mod m000002_outbox_and_leases;
mod m000003_columns_of_ours;
mod m000004_indexes_of_lists;
mod m000005_columns_of_planning;
mod m000006_revisions;
mod m000007_idempotency_keys;
mod m000008_index_of_rows_to_complete;
mod m000009_api_tokens;
mod m000010_audit_events;
mod m000011_explanations;
mod m000012_slots;
mod m000013_clean_up;
mod m000014_feed;
mod m000015_webhooks;
mod m000016_dependencies_of_builds;
mod m000017_index_of_running_components;
mod m000018_index_of_finished_components;
pub mod steps;

/// Runs what is missing.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m000001_adopt_python_schema::Migration),
            Box::new(m000002_outbox_and_leases::Migration),
            Box::new(m000003_columns_of_ours::Migration),
            Box::new(m000004_indexes_of_lists::Migration),
            Box::new(m000005_columns_of_planning::Migration),
            Box::new(m000006_revisions::Migration),
            Box::new(m000007_idempotency_keys::Migration),
            Box::new(m000008_index_of_rows_to_complete::Migration),
            Box::new(m000009_api_tokens::Migration),
            Box::new(m000010_audit_events::Migration),
            Box::new(m000011_explanations::Migration),
            Box::new(m000012_slots::Migration),
            Box::new(m000013_clean_up::Migration),
            Box::new(m000014_feed::Migration),
            Box::new(m000015_webhooks::Migration),
            Box::new(m000016_dependencies_of_builds::Migration),
            Box::new(m000017_index_of_running_components::Migration),
            Box::new(m000018_index_of_finished_components::Migration),
        ]
    }

    /// The Python service's own bookkeeping has another name; the queue's tables live in the same embedded file.
    fn migration_table_name() -> sea_orm_migration::sea_orm::DynIden {
        Alias::new("mbs_migrations").into_iden()
    }
}
