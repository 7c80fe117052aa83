//! Filters and orders of module builds: those of REST, by the same names.

use async_graphql::{Enum, ID, InputObject, Result};
use entities::message::timestamp;

use super::error::Told as _;
use super::id::MODULE_BUILD;
use super::load::builds::Builds;
use super::paging::{Chosen, query, text_of};
use super::pairs::Pairs;
use super::scalars::{DateTime, ModuleState};
use crate::App;
use crate::rest::query::{base_module, module_build_filter, module_build_order};

/// Which module builds: all conditions have to hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ModuleBuildFilter {
    /// In one of these states.
    pub state: Option<Vec<ModuleState>>,
    /// Of this name.
    pub name: Option<String>,
    /// Of this stream.
    pub stream: Option<String>,
    /// Of this version.
    pub version: Option<String>,
    /// Of this context.
    pub context: Option<String>,
    /// `name:stream:version:context`; parts at the end may be missing.
    pub nsvc: Option<String>,
    /// With this build context.
    pub build_context: Option<String>,
    /// With this build context without base modules.
    pub build_context_no_bms: Option<String>,
    /// With this runtime context.
    pub runtime_context: Option<String>,
    /// With this reason of the state.
    pub state_reason: Option<String>,
    /// With this tag of the build system.
    pub koji_tag: Option<String>,
    /// With this tag of the content generator.
    pub cg_build_koji_tag: Option<String>,
    /// From this address.
    pub scmurl: Option<String>,
    /// Scratch builds, or others.
    pub scratch: Option<bool>,
    /// Submitted by this user.
    pub owner: Option<String>,
    /// With this task of repository regeneration.
    pub new_repo_task_id: Option<i64>,
    /// With this rebuild strategy.
    pub rebuild_strategy: Option<String>,
    /// That took over components of this build.
    pub reused_module_id: Option<ID>,
    /// In this batch.
    pub batch: Option<i64>,
    /// Base modules with this stream version.
    pub stream_version: Option<f64>,
    /// Base modules of the same major version up to this stream version.
    pub stream_version_lte: Option<f64>,
    /// Base modules with any of these virtual streams.
    pub virtual_stream: Option<Vec<String>>,
    /// Submitted at this time or before.
    pub submitted_before: Option<DateTime>,
    /// Submitted at this time or after.
    pub submitted_after: Option<DateTime>,
    /// Changed last at this time or before.
    pub modified_before: Option<DateTime>,
    /// Changed last at this time or after.
    pub modified_after: Option<DateTime>,
    /// Completed at this time or before.
    pub completed_before: Option<DateTime>,
    /// Completed at this time or after.
    pub completed_after: Option<DateTime>,
    /// Built against this base module, `name:stream:version:context`.
    pub base_module_br: Option<String>,
    /// Built against a base module of this name.
    pub base_module_br_name: Option<String>,
    /// Built against a base module of this stream.
    pub base_module_br_stream: Option<String>,
    /// Built against a base module of this version.
    pub base_module_br_version: Option<String>,
    /// Built against a base module of this context.
    pub base_module_br_context: Option<String>,
    /// Built against a base module with this stream version.
    pub base_module_br_stream_version: Option<f64>,
    /// Built against a base module with at most this stream version.
    pub base_module_br_stream_version_lte: Option<f64>,
    /// Built against a base module with at least this stream version.
    pub base_module_br_stream_version_gte: Option<f64>,
}

/// What module builds can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ModuleBuildOrder {
    /// Number, which is the order in which they came.
    Id,
    /// `name` of REST.
    Name,
    /// `stream` of REST.
    Stream,
    /// `version` of REST.
    Version,
    /// `context` of REST.
    Context,
    /// `build_context` of REST.
    BuildContext,
    /// `build_context_no_bms` of REST.
    BuildContextNoBms,
    /// `runtime_context` of REST.
    RuntimeContext,
    /// `state` of REST.
    State,
    /// `state_reason` of REST.
    StateReason,
    /// `koji_tag` of REST.
    KojiTag,
    /// `cg_build_koji_tag` of REST.
    CgBuildKojiTag,
    /// `scmurl` of REST.
    Scmurl,
    /// `scratch` of REST.
    Scratch,
    /// `owner` of REST.
    Owner,
    /// `time_submitted` of REST.
    TimeSubmitted,
    /// `time_modified` of REST.
    TimeModified,
    /// `time_completed` of REST.
    TimeCompleted,
    /// `new_repo_task_id` of REST.
    NewRepoTaskId,
    /// `rebuild_strategy` of REST.
    RebuildStrategy,
    /// `reused_module_id` of REST.
    ReusedModuleId,
    /// `batch` of REST.
    Batch,
    /// `stream_version` of REST.
    StreamVersion,
}

impl ModuleBuildOrder {
    fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Stream => "stream",
            Self::Version => "version",
            Self::Context => "context",
            Self::BuildContext => "build_context",
            Self::BuildContextNoBms => "build_context_no_bms",
            Self::RuntimeContext => "runtime_context",
            Self::State => "state",
            Self::StateReason => "state_reason",
            Self::KojiTag => "koji_tag",
            Self::CgBuildKojiTag => "cg_build_koji_tag",
            Self::Scmurl => "scmurl",
            Self::Scratch => "scratch",
            Self::Owner => "owner",
            Self::TimeSubmitted => "time_submitted",
            Self::TimeModified => "time_modified",
            Self::TimeCompleted => "time_completed",
            Self::NewRepoTaskId => "new_repo_task_id",
            Self::RebuildStrategy => "rebuild_strategy",
            Self::ReusedModuleId => "reused_module_id",
            Self::Batch => "batch",
            Self::StreamVersion => "stream_version",
        }
    }
}

impl ModuleBuildFilter {
    /// As the query string of REST.
    pub fn pairs(&self) -> Result<Pairs> {
        let mut pairs = Pairs::default();
        for state in self.state.iter().flatten() {
            pairs.add("state", entities::ModuleState::from(*state).name());
        }
        pairs.text("name", self.name.as_deref())?;
        pairs.text("stream", self.stream.as_deref())?;
        pairs.text("version", self.version.as_deref())?;
        pairs.text("context", self.context.as_deref())?;
        pairs.text("nsvc", self.nsvc.as_deref())?;
        pairs.text("build_context", self.build_context.as_deref())?;
        pairs.text("build_context_no_bms", self.build_context_no_bms.as_deref())?;
        pairs.text("runtime_context", self.runtime_context.as_deref())?;
        pairs.text("state_reason", self.state_reason.as_deref())?;
        pairs.text("koji_tag", self.koji_tag.as_deref())?;
        pairs.text("cg_build_koji_tag", self.cg_build_koji_tag.as_deref())?;
        pairs.text("scmurl", self.scmurl.as_deref())?;
        pairs.value("scratch", self.scratch);
        pairs.text("owner", self.owner.as_deref())?;
        pairs.value("new_repo_task_id", self.new_repo_task_id);
        pairs.text("rebuild_strategy", self.rebuild_strategy.as_deref())?;
        pairs.id("reused_module_id", MODULE_BUILD, self.reused_module_id.as_ref())?;
        pairs.value("batch", self.batch);
        pairs.value("stream_version", self.stream_version);
        pairs.value("stream_version_lte", self.stream_version_lte);
        for value in self.virtual_stream.iter().flatten() {
            pairs.add("virtual_stream", value);
        }
        pairs.value("submitted_before", self.submitted_before.map(|time| timestamp(time.0)));
        pairs.value("submitted_after", self.submitted_after.map(|time| timestamp(time.0)));
        pairs.value("modified_before", self.modified_before.map(|time| timestamp(time.0)));
        pairs.value("modified_after", self.modified_after.map(|time| timestamp(time.0)));
        pairs.value("completed_before", self.completed_before.map(|time| timestamp(time.0)));
        pairs.value("completed_after", self.completed_after.map(|time| timestamp(time.0)));
        pairs.text("base_module_br", self.base_module_br.as_deref())?;
        pairs.text("base_module_br_name", self.base_module_br_name.as_deref())?;
        pairs.text("base_module_br_stream", self.base_module_br_stream.as_deref())?;
        pairs.text("base_module_br_version", self.base_module_br_version.as_deref())?;
        pairs.text("base_module_br_context", self.base_module_br_context.as_deref())?;
        pairs.value("base_module_br_stream_version", self.base_module_br_stream_version);
        pairs.value("base_module_br_stream_version_lte", self.base_module_br_stream_version_lte);
        pairs.value("base_module_br_stream_version_gte", self.base_module_br_stream_version_gte);
        Ok(pairs)
    }
}

/// The rows that a filter and an order ask for. Lists that belong to something have a default order of their own.
pub fn chosen(
    app: &App,
    filter: Option<&ModuleBuildFilter>,
    order_by: Option<&[ModuleBuildOrder]>,
    order_desc_by: Option<&[ModuleBuildOrder]>,
) -> Result<Chosen> {
    let mut pairs = filter.map(ModuleBuildFilter::pairs).transpose()?.unwrap_or_default();
    let text = text_of::<Builds>(pairs.all());
    pairs.orders(
        order_by.map(|all| all.iter().map(|one| one.name())),
        order_desc_by.map(|all| all.iter().map(|one| one.name())),
    );
    let query = query(pairs.into_all())?;
    let backend = app.db.get_database_backend();
    Ok(Chosen {
        filter: module_build_filter(&query, &app.config, backend).told()?,
        base_module: base_module(&query).told()?,
        sort: module_build_order(&query).told()?,
        text,
    })
}
