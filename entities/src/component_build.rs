//! `component_builds`: one row a component of a module build.

use sea_orm::entity::prelude::*;

use crate::ComponentState;

/// A row of `component_builds`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "component_builds")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Name of the source package.
    pub package: String,
    /// Repository and commit as `url?#commit`, or where the source package is.
    pub scmurl: String,
    /// Always `rpms`.
    pub format: String,
    /// Task of the build system; local builders use the row id.
    pub task_id: Option<i32>,
    /// Commit.
    #[sea_orm(column_name = "ref")]
    pub reference: Option<String>,
    /// Where it stands; changed by [`crate::transition`] only.
    pub state: Option<ComponentState>,
    /// Why it is in that state.
    pub state_reason: Option<String>,
    /// Name, version and release, once built.
    pub nvr: Option<String>,
    /// It is in the buildroot of the components after it.
    pub tagged: Option<bool>,
    /// It is in the published repository.
    pub tagged_in_final: Option<bool>,
    /// Never published, like `module-build-macros`.
    pub build_time_only: Option<bool>,
    /// `buildonly` of the document.
    pub buildonly: Option<bool>,
    /// The batch it is built in, from 1.
    pub batch: Option<i32>,
    /// The module build it belongs to.
    pub module_id: i32,
    /// Component of another build whose packages it took over.
    pub reused_component_id: Option<i32>,
    /// Heavier components are started first.
    pub weight: Option<f64>,
    /// Ours. Counts submissions to the build system; a resubmission after a failure is a new one.
    pub attempt: i32,
    /// Ours. Infrastructure failures of this attempt.
    pub retries: i32,
    /// Ours. Not to be started before (UTC).
    pub retry_at: Option<DateTime>,
    /// Ours. Number of the repository it is built against.
    pub repository: Option<i32>,
    /// Ours. Whether its packages were taken over from an earlier build, and why (not), as JSON; empty before that is decided.
    pub reuse: Option<String>,
    /// Ours. Components that it needs in its buildroot, a JSON list of names; empty where batches say that.
    pub needs: Option<String>,
    /// Ours. When its build started (UTC).
    pub time_started: Option<DateTime>,
    /// Ours. When its build ended (UTC).
    pub time_finished: Option<DateTime>,
    /// Ours. Who has to act on its failure: `user`, `infra`, `dependency` or `timeout`. While it waits to be tried again, that
    /// which it waits out.
    pub verdict: Option<String>,
    /// Ours. Where in its build it failed, e.g. `build`.
    pub phase: Option<String>,
    /// Ours. The first real error line of its log, or what went wrong otherwise.
    pub error: Option<String>,
    /// Ours. The line of the log that `error` stands in, from 1.
    pub error_line: Option<i32>,
    /// Ours. Seconds that its build is expected to take, from its history; empty where there is none.
    pub estimate: Option<i32>,
}

/// Rows that belong to a component.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Its module build.
    #[sea_orm(
        belongs_to = "super::module_build::Entity",
        from = "Column::ModuleId",
        to = "super::module_build::Column::Id"
    )]
    Module,
    /// Its history.
    #[sea_orm(has_many = "super::component_build_trace::Entity")]
    Trace,
}

impl Related<super::module_build::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Module.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Not part of the published repository.
    pub fn unpublished(&self) -> bool {
        self.build_time_only.unwrap_or(false) || self.buildonly.unwrap_or(false)
    }
}
