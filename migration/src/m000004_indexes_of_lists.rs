//! Indexes that lists and their filters need where there are a million builds. Each costs a few microseconds a write.

use sea_orm_migration::prelude::*;

use crate::steps;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, table, columns. Those that end with `id` give a page in its order without sorting: the newest builds of a name.
const INDEXES: &[(&str, &str, &str)] = &[
    // `name=` (with any other filter), and counting them without the table where a state is asked for, too
    ("ix_module_builds_name_id", "module_builds", "name, id"),
    ("ix_module_builds_name_state", "module_builds", "name, state, id"),
    // `state=`: few builds are unfinished
    ("ix_module_builds_state_id", "module_builds", "state, id"),
    // `owner=`: my builds
    ("ix_module_builds_owner_id", "module_builds", "owner, id"),
    // `modified_after=` and the like, `order_desc_by=time_modified`
    ("ix_module_builds_time_submitted", "module_builds", "time_submitted, id"),
    ("ix_module_builds_time_modified", "module_builds", "time_modified, id"),
    ("ix_module_builds_time_completed", "module_builds", "time_completed, id"),
    // `stream_version_lte=`: only base modules have one
    ("ix_module_builds_stream_version", "module_builds", "stream_version) WHERE (stream_version IS NOT NULL"),
    // `base_module_br=`: the constraint begins with the other column
    ("ix_module_buildrequires", "module_builds_to_module_buildrequires", "module_buildrequire_id, module_id"),
    // `virtual_stream=`: likewise
    ("ix_virtual_streams", "module_builds_to_virtual_streams", "virtual_stream_id, module_build_id"),
    // `package=`, `task_id=`, `nvr=` over all modules
    ("ix_component_builds_package", "component_builds", "package, id"),
    ("ix_component_builds_task_id", "component_builds", "task_id"),
    ("ix_component_builds_nvr", "component_builds", "nvr"),
    // `component-builds/<id>/messages`
    ("ix_log_messages_component_build_id", "log_messages", "component_build_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, columns) in INDEXES {
            steps::create_index(manager, name, &format!("{table} ({columns})")).await?;
        }
        Ok(())
    }
}
