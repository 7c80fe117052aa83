//! What counts as a change.

/// A table whose rows REST shows.
pub struct Watched {
    /// Its name.
    pub table: &'static str,
    /// Columns that are shown, or that lists are filtered or ordered by.
    pub columns: &'static [&'static str],
    /// Ids of the module builds that change with a row: a `SELECT` in which `ROW` is the row, old or new.
    pub whose: &'static str,
    /// Inserting or deleting a row changes nothing that is shown.
    pub only_updates: bool,
    /// The column of `revisions` with the number of rows.
    pub counted: Option<&'static str>,
}

const NONE: Watched = Watched { table: "", columns: &[], whose: "", only_updates: false, counted: None };

/// All of them. Builds come first, without their siblings, which [`SIBLINGS`] finds.
pub const WATCHED: [Watched; 10] = [
    Watched {
        table: "module_builds",
        // Not `disttag`, `retries`, `retry_at`, `resumed`: those are for jobs.
        columns: &[
            "id",
            "name",
            "stream",
            "version",
            "build_context",
            "build_context_no_bms",
            "runtime_context",
            "context",
            "state",
            "state_reason",
            "koji_tag",
            "cg_build_koji_tag",
            "scmurl",
            "scratch",
            "srpms",
            "owner",
            "time_submitted",
            "time_modified",
            "time_completed",
            "new_repo_task_id",
            "rebuild_strategy",
            "reused_module_id",
            "batch",
            "stream_version",
            "buildrequires_json",
            "modulemd",
        ],
        whose: "SELECT ROW.id",
        counted: Some("module_builds"),
        ..NONE
    },
    Watched {
        table: "component_builds",
        // Not `retries`, `retry_at`, `repository`, `needs`.
        columns: &[
            "id",
            "package",
            "scmurl",
            "format",
            "task_id",
            "ref",
            "state",
            "state_reason",
            "nvr",
            "tagged",
            "tagged_in_final",
            "build_time_only",
            "buildonly",
            "batch",
            "module_id",
            "reused_component_id",
            "weight",
            "attempt",
            "time_started",
            "time_finished",
            "reuse",
        ],
        whose: "SELECT ROW.module_id",
        counted: Some("component_builds"),
        ..NONE
    },
    Watched {
        table: "module_builds_trace",
        columns: &["id", "module_id", "state_time", "state", "state_reason"],
        whose: "SELECT ROW.module_id",
        ..NONE
    },
    Watched {
        table: "component_builds_trace",
        // Not `task_id`.
        columns: &["id", "component_id", "state_time", "state", "state_reason"],
        whose: "SELECT module_id FROM component_builds WHERE id = ROW.component_id",
        ..NONE
    },
    Watched {
        table: "log_messages",
        columns: &["id", "component_build_id", "module_build_id", "message", "time_created"],
        whose: "SELECT ROW.module_build_id",
        ..NONE
    },
    Watched {
        table: "module_builds_to_arches",
        columns: &["module_build_id", "module_arch_id"],
        whose: "SELECT ROW.module_build_id",
        ..NONE
    },
    Watched {
        table: "module_builds_to_module_buildrequires",
        columns: &["module_id", "module_buildrequire_id"],
        whose: "SELECT ROW.module_id",
        ..NONE
    },
    Watched {
        table: "module_builds_to_virtual_streams",
        columns: &["module_build_id", "virtual_stream_id"],
        whose: "SELECT ROW.module_build_id",
        ..NONE
    },
    Watched {
        table: "module_arches",
        columns: &["id", "name"],
        whose: "SELECT module_build_id FROM module_builds_to_arches WHERE module_arch_id = ROW.id",
        only_updates: true,
        ..NONE
    },
    Watched {
        table: "virtual_streams",
        columns: &["id", "name"],
        whose: "SELECT module_build_id FROM module_builds_to_virtual_streams WHERE virtual_stream_id = ROW.id",
        only_updates: true,
        ..NONE
    },
];

/// Builds that show a build as their sibling.
pub const SIBLINGS: &str =
    "SELECT id FROM module_builds WHERE name = ROW.name AND stream = ROW.stream AND version = ROW.version";

/// Columns that decide who is whose sibling.
pub const OF_SIBLINGS: [&str; 4] = ["name", "stream", "version", "scratch"];

impl Watched {
    /// Whether rows are siblings of one another.
    pub fn has_siblings(&self) -> bool {
        self.table == "module_builds"
    }
}

/// `OLD.a IS DISTINCT FROM NEW.a OR …`; `differs` is the operator of the dialect.
pub fn changed(columns: &[&str], differs: &str) -> String {
    let each: Vec<_> = columns.iter().map(|column| format!("OLD.{column} {differs} NEW.{column}")).collect();
    each.join(" OR ")
}

/// A `SELECT` of [`Watched::whose`] for the old or the new row.
pub fn of(select: &str, row: &str) -> String {
    select.replace("ROW.", &format!("{row}."))
}
