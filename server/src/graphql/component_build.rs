//! `ComponentBuild`.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use serde::Deserialize;

use super::component_filter::{self, ComponentBuildFilter, ComponentBuildOrder};
use super::guard::complexity::at_most;
use super::id::{self, COMPONENT_BUILD};
use super::load;
use super::load::components::{Component, Components, ComponentsOf};
use super::load::messages::MessagesOf;
use super::log::{self, ComponentLog};
use super::log_message::{self, LogMessage};
use super::module_build::ModuleBuild;
use super::paging::{Page, Part, items, page, part_of};
use super::scalars::{ComponentState, DateTime, component_state};
use super::state_change::ComponentStateChange;
use crate::service::progress::{Failure, Retry, Wait};

/// A component of a module build.
pub struct ComponentBuild(pub Component);

/// A component of a module build: a source package.
#[Object]
#[expect(clippy::too_many_arguments, reason = "arguments of a field are those of its method")]
impl ComponentBuild {
    /// Its id, unique over all types: `ComponentBuild:` and its number.
    pub async fn id(&self) -> ID {
        id::global(COMPONENT_BUILD, self.0.id)
    }

    /// Its number: the `id` of REST.
    async fn number(&self) -> i32 {
        self.0.id
    }

    /// Name of the source package.
    async fn package(&self) -> &str {
        &self.0.package
    }

    /// Always `rpms`.
    async fn format(&self) -> &str {
        &self.0.format
    }

    /// Address of its source.
    async fn scmurl(&self) -> &str {
        &self.0.scmurl
    }

    /// Commit of its source.
    #[graphql(name = "ref")]
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// Where it stands; null is "not started", or a number of an adopted database that has no name.
    async fn state(&self) -> Option<ComponentState> {
        component_state(self.0.state)
    }

    /// The number of its state; null is "not started".
    async fn state_number(&self) -> Option<i32> {
        self.0.state
    }

    /// Why it is in that state.
    async fn state_reason(&self) -> Option<&str> {
        self.0.state_reason.as_deref()
    }

    /// Task of the build system.
    async fn task_id(&self) -> Option<i32> {
        self.0.task_id
    }

    /// Name, version and release, once built.
    async fn nvr(&self) -> Option<&str> {
        self.0.nvr.as_deref()
    }

    /// The batch it is built in, from 1.
    async fn batch(&self) -> Option<i32> {
        self.0.batch
    }

    /// How much work it is compared to others.
    async fn weight(&self) -> Option<f64> {
        self.0.weight
    }

    /// Whether it is tagged into the buildroot.
    async fn tagged(&self) -> bool {
        self.0.tagged.unwrap_or(false)
    }

    /// Whether it is tagged as part of the result.
    async fn tagged_in_final(&self) -> bool {
        self.0.tagged_in_final.unwrap_or(false)
    }

    /// Whether it is used while building only.
    async fn build_time_only(&self) -> bool {
        self.0.build_time_only.unwrap_or(false)
    }

    /// Whether the document leaves it out of the result.
    async fn buildonly(&self) -> bool {
        self.0.buildonly.unwrap_or(false)
    }

    /// How often it was submitted to the build system.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// When its build started.
    async fn time_started(&self) -> Option<DateTime> {
        self.0.time_started.map(DateTime)
    }

    /// When its build ended.
    async fn time_finished(&self) -> Option<DateTime> {
        self.0.time_finished.map(DateTime)
    }

    /// Seconds that its build took, once it has ended.
    async fn seconds(&self) -> Option<f64> {
        Some((self.0.time_finished? - self.0.time_started?).as_seconds_f64())
    }

    /// Whether the packages of an earlier build were taken over, and why (not); null until that is decided.
    async fn reuse(&self) -> Option<Reuse> {
        serde_json::from_str(self.0.reuse.as_deref()?).ok()
    }

    /// Why it failed, was not built, or is tried again.
    async fn failure(&self) -> Option<Failure> {
        let Component { verdict, phase, error, error_line, .. } = &self.0;
        Failure::new(verdict.as_ref(), phase.as_ref(), error.as_ref(), *error_line)
    }

    /// Which retry after trouble of the build system it is at, and when that is due.
    async fn retry(&self, context: &Context<'_>) -> Option<Retry> {
        let most = load::of(context).app().config.jobs.max_retries;
        Retry::new(self.0.retries, most, self.0.retry_at)
    }

    /// What it waits for, while it is not over.
    #[graphql(complexity = "at_most(10, 1, child_complexity)")]
    async fn waits_for(&self, context: &Context<'_>) -> Result<Option<Wait>> {
        let progress = load::of(context).progress(self.0.module_id).await?;
        let part = progress.as_ref().and_then(|all| all.components.iter().find(|part| part.row.id == self.0.id));
        Ok(part.and_then(|part| part.waits_for.clone()))
    }

    /// Seconds that its build is expected to take, from its history.
    async fn estimated_seconds(&self) -> Option<i32> {
        self.0.estimate
    }

    /// The component whose packages were taken over.
    async fn reused_component(&self, context: &Context<'_>) -> Result<Option<ComponentBuild>> {
        let Some(number) = self.0.reused_component_id else { return Ok(None) };
        Ok(load::of(context).component(number).await?.map(ComponentBuild))
    }

    /// Components that took over its packages, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn reused_by(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<ComponentBuildFilter>,
        #[graphql(desc = "Smallest first.")] order_by: Option<Vec<ComponentBuildOrder>>,
        #[graphql(desc = "Largest first.")] order_desc_by: Option<Vec<ComponentBuildOrder>>,
    ) -> Result<Page<ComponentBuild>> {
        let part = Part { first, after, last, before };
        let chosen = component_filter::chosen(filter.as_ref(), order_by.as_deref(), order_desc_by.as_deref(), false)?;
        page::<Components, _>(context, (ComponentsOf::Reused, self.0.id), chosen, &part, ComponentBuild).await
    }

    /// The module build that it belongs to.
    async fn module_build(&self, context: &Context<'_>) -> Result<Option<ModuleBuild>> {
        Ok(load::of(context).build(self.0.module_id).await?.map(ModuleBuild))
    }

    /// States in the order they were entered.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn state_trace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Page<ComponentStateChange>> {
        let trace = load::of(context).component_trace(self.0.id).await?;
        part_of(context, trace.into_iter().map(Into::into).collect(), &Part { first, after, last, before })
    }

    /// What happened to it, in sentences, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn messages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Page<LogMessage>> {
        let part = Part { first, after, last, before };
        log_message::messages(context, (MessagesOf::Component, self.0.id), &part).await
    }

    /// Path of its log in REST, whether there is one or not.
    async fn log_url(&self) -> String {
        format!("/module-build-service/2/component-builds/{}/log", self.0.id)
    }

    /// A part of its log, also while it is written; null while there is none. `offset` and `length` are in bytes; `tail` is the last
    /// so many lines instead. At most 1 MiB at a time.
    #[graphql(complexity = "at_most(500, 1, child_complexity)")]
    async fn log(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where to begin, in bytes.")] offset: Option<i64>,
        #[graphql(desc = "At most so many bytes; 65536 unless said otherwise.")] length: Option<i32>,
        #[graphql(desc = "The last so many lines.")] tail: Option<i32>,
    ) -> Result<Option<ComponentLog>> {
        Box::pin(log::read(context, self.0.id, (offset, length, tail))).await
    }
}

/// Whether the packages of an earlier build were taken over, and why.
#[derive(Clone, Debug, Deserialize, SimpleObject)]
pub struct Reuse {
    /// Taken over; otherwise it is built.
    reused: bool,
    /// The rule that decided; docs/REUSE.md lists them.
    rule: String,
    /// What the rule compared: the value in the earlier build.
    #[serde(default)]
    before: Option<String>,
    /// The value now.
    #[serde(default)]
    now: Option<String>,
    /// Another component, because of which it is built.
    #[serde(default)]
    component: Option<String>,
    /// The earlier build, as `name:stream:version:context`.
    #[serde(default)]
    module: Option<String>,
    /// The same as a sentence.
    reason: String,
}
