//! `ModuleBuild` and its batches.

use async_graphql::{Context, ID, Object, Result};
use serde_json::Value;

use super::build_filter::{self, ModuleBuildFilter, ModuleBuildOrder};
use super::component_build::ComponentBuild;
use super::component_filter::{self, ComponentBuildFilter, ComponentBuildOrder};
use super::error::coded;
use super::guard::complexity::at_most;
use super::id::{self, MODULE_BUILD};
use super::load::builds::{Build, Builds, BuildsOf};
use super::load::components::{Components, ComponentsOf};
use super::load::messages::MessagesOf;
use super::load::{self};
use super::log_message::{self, LogMessage};
use super::paging::{Page, Part, items, page, part_of, with_limit};
use super::progress::BuildEstimate;
use super::scalars::{ComponentState, DateTime, ModuleState, component_state};
use super::state_change::ModuleStateChange;

/// A module build.
pub struct ModuleBuild(pub Build);

/// A module: name, stream, version and context, built from a document.
#[Object]
#[expect(clippy::too_many_arguments, reason = "arguments of a field are those of its method")]
impl ModuleBuild {
    /// Its id, unique over all types: `ModuleBuild:` and its number.
    pub async fn id(&self) -> ID {
        id::global(MODULE_BUILD, self.0.id)
    }

    /// Its number: the `id` of REST.
    async fn number(&self) -> i32 {
        self.0.id
    }

    /// Module name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Stream.
    async fn stream(&self) -> &str {
        &self.0.stream
    }

    /// Version, a number of up to 64 bits.
    async fn version(&self) -> &str {
        &self.0.version
    }

    /// Context; stands for the dependencies it was built with.
    async fn context(&self) -> &str {
        &self.0.context
    }

    /// `name:stream:version:context`.
    async fn nsvc(&self) -> String {
        let Build { name, stream, version, context, .. } = &self.0;
        format!("{name}:{stream}:{version}:{context}")
    }

    /// Where it stands.
    async fn state(&self) -> ModuleState {
        self.0.state.into()
    }

    /// Why it is in that state.
    async fn state_reason(&self) -> Option<&str> {
        self.0.state_reason.as_deref()
    }

    /// Who submitted it.
    async fn owner(&self) -> &str {
        &self.0.owner
    }

    /// A build that is never published.
    async fn scratch(&self) -> bool {
        self.0.scratch.unwrap_or(false)
    }

    /// Where the document came from; null for a submitted file.
    async fn scmurl(&self) -> Option<&str> {
        self.0.scmurl.as_deref()
    }

    /// Tag under which the build system keeps it.
    async fn koji_tag(&self) -> Option<&str> {
        self.0.koji_tag.as_deref()
    }

    /// Current batch: 0 before the first, 1 is `module-build-macros`.
    async fn batch(&self) -> Option<i32> {
        self.0.batch
    }

    /// `all`, `changed-and-after` or `only-changed`.
    async fn rebuild_strategy(&self) -> &str {
        &self.0.rebuild_strategy
    }

    /// Id of the build whose components it took over.
    async fn reused_module_id(&self) -> Option<ID> {
        self.0.reused_module_id.map(|number| id::global(MODULE_BUILD, number))
    }

    /// The build whose components it took over.
    async fn reused_module(&self, context: &Context<'_>) -> Result<Option<ModuleBuild>> {
        let Some(number) = self.0.reused_module_id else { return Ok(None) };
        Ok(load::of(context).build(number).await?.map(ModuleBuild))
    }

    /// Task of the latest repository regeneration.
    async fn new_repo_task_id(&self) -> Option<i32> {
        self.0.new_repo_task_id
    }

    /// Hash over the streams of all buildrequires.
    async fn build_context(&self) -> Option<&str> {
        self.0.build_context.as_deref()
    }

    /// The same without base modules.
    async fn build_context_no_bms(&self) -> Option<&str> {
        self.0.build_context_no_bms.as_deref()
    }

    /// Hash over the streams of all requires.
    async fn runtime_context(&self) -> Option<&str> {
        self.0.runtime_context.as_deref()
    }

    /// Base modules only: `f27.0.1` is 270001.
    async fn stream_version(&self) -> Option<f64> {
        self.0.stream_version
    }

    /// When it was submitted.
    async fn time_submitted(&self) -> DateTime {
        DateTime(self.0.time_submitted)
    }

    /// When it changed last.
    async fn time_modified(&self) -> Option<DateTime> {
        self.0.time_modified.map(DateTime)
    }

    /// When it became done or failed.
    async fn time_completed(&self) -> Option<DateTime> {
        self.0.time_completed.map(DateTime)
    }

    /// What it is built against as it stands in the document: stream, version, context and commit by name of the module.
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn buildrequires_json(&self, context: &Context<'_>) -> Result<Value> {
        let stored = self.0.buildrequires_json.as_deref();
        load::of(context).take(stored.map_or(0, str::len))?;
        Ok(stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| serde_json::json!({})))
    }

    /// The document, YAML.
    #[graphql(complexity = 20)]
    async fn modulemd(&self, context: &Context<'_>) -> Result<String> {
        load::of(context).document(self.0.id).await
    }

    /// Its components, in the order in which they are built unless another one is asked for.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn components(
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
        let chosen = component_filter::chosen(filter.as_ref(), order_by.as_deref(), order_desc_by.as_deref(), true)?;
        page::<Components, _>(context, (ComponentsOf::Build, self.0.id), chosen, &part, ComponentBuild).await
    }

    /// How long its components still take; null before they are known and when it is over.
    #[graphql(complexity = "at_most(10, 1, child_complexity)")]
    async fn estimate(&self, context: &Context<'_>) -> Result<Option<BuildEstimate>> {
        let progress = load::of(context).progress(self.0.id).await?;
        Ok(progress.and_then(|progress| progress.estimate.clone()).map(Into::into))
    }

    /// Its batches in their order, with all their components; refused (`LIST_LIMIT`) where they are more than a page may have.
    #[graphql(complexity = "at_most(1, 20, child_complexity)")]
    async fn batches(&self, context: &Context<'_>) -> Result<Vec<Batch>> {
        let most = load::of(context).app().config.graphql.list;
        let part = Part { first: i32::try_from(most).ok(), ..Part::default() };
        let chosen = component_filter::chosen(None, None, None, true)?;
        let of = (ComponentsOf::Build, self.0.id);
        let all = page::<Components, _>(context, of, chosen, &part, ComponentBuild).await?;
        if all.has_next_page {
            let message =
                format!("This build has more components than the {most} of a page; ask for `components`, page by page");
            return Err(with_limit(coded("LIST_LIMIT", message), most, most + 1));
        }
        let mut batches: Vec<Batch> = Vec::new();
        for component in all.edges.into_iter().map(|edge| edge.node) {
            match batches.last_mut().filter(|batch| batch.number == component.0.batch) {
                Some(batch) => batch.components.push(component),
                None => batches.push(Batch { number: component.0.batch, components: vec![component] }),
            }
        }
        Ok(batches)
    }

    /// What happened to it and its components, in sentences, newest first.
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
        log_message::messages(context, (MessagesOf::Build, self.0.id), &part).await
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
    ) -> Result<Page<ModuleStateChange>> {
        let facts = load::of(context).facts(self.0.id).await?;
        part_of(context, facts.trace.into_iter().map(Into::into).collect(), &Part { first, after, last, before })
    }

    /// Architectures it is built for.
    async fn arches(&self, context: &Context<'_>) -> Result<Vec<String>> {
        Ok(load::of(context).facts(self.0.id).await?.arches)
    }

    /// Base modules only: names that stand for the latest of several streams.
    async fn virtual_streams(&self, context: &Context<'_>) -> Result<Vec<String>> {
        Ok(load::of(context).facts(self.0.id).await?.virtual_streams)
    }

    /// The base modules it is built against, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn base_module_buildrequires(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<ModuleBuildFilter>,
        #[graphql(desc = "Smallest first.")] order_by: Option<Vec<ModuleBuildOrder>>,
        #[graphql(desc = "Largest first.")] order_desc_by: Option<Vec<ModuleBuildOrder>>,
    ) -> Result<Page<ModuleBuild>> {
        let part = Part { first, after, last, before };
        self.builds(context, BuildsOf::Based, part, filter, order_by, order_desc_by).await
    }

    /// The builds it was built against, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn buildrequires(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<ModuleBuildFilter>,
        #[graphql(desc = "Smallest first.")] order_by: Option<Vec<ModuleBuildOrder>>,
        #[graphql(desc = "Largest first.")] order_desc_by: Option<Vec<ModuleBuildOrder>>,
    ) -> Result<Page<ModuleBuild>> {
        let part = Part { first, after, last, before };
        self.builds(context, BuildsOf::Dependent, part, filter, order_by, order_desc_by).await
    }

    /// Builds that were built against it, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn dependents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<ModuleBuildFilter>,
        #[graphql(desc = "Smallest first.")] order_by: Option<Vec<ModuleBuildOrder>>,
        #[graphql(desc = "Largest first.")] order_desc_by: Option<Vec<ModuleBuildOrder>>,
    ) -> Result<Page<ModuleBuild>> {
        let part = Part { first, after, last, before };
        self.builds(context, BuildsOf::Buildrequired, part, filter, order_by, order_desc_by).await
    }

    /// Other contexts of the same name, stream and version, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn siblings(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<ModuleBuildFilter>,
        #[graphql(desc = "Smallest first.")] order_by: Option<Vec<ModuleBuildOrder>>,
        #[graphql(desc = "Largest first.")] order_desc_by: Option<Vec<ModuleBuildOrder>>,
    ) -> Result<Page<ModuleBuild>> {
        let part = Part { first, after, last, before };
        self.builds(context, BuildsOf::Sibling, part, filter, order_by, order_desc_by).await
    }

    /// Builds that took over components of it, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn reused_by(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<ModuleBuildFilter>,
        #[graphql(desc = "Smallest first.")] order_by: Option<Vec<ModuleBuildOrder>>,
        #[graphql(desc = "Largest first.")] order_desc_by: Option<Vec<ModuleBuildOrder>>,
    ) -> Result<Page<ModuleBuild>> {
        let part = Part { first, after, last, before };
        self.builds(context, BuildsOf::Reused, part, filter, order_by, order_desc_by).await
    }
}

impl ModuleBuild {
    async fn builds(
        &self,
        context: &Context<'_>,
        relation: BuildsOf,
        part: Part,
        filter: Option<ModuleBuildFilter>,
        order_by: Option<Vec<ModuleBuildOrder>>,
        order_desc_by: Option<Vec<ModuleBuildOrder>>,
    ) -> Result<Page<ModuleBuild>> {
        let app = load::of(context).app();
        let chosen = build_filter::chosen(app, filter.as_ref(), order_by.as_deref(), order_desc_by.as_deref())?;
        page::<Builds, _>(context, (relation, self.0.id), chosen, &part, ModuleBuild).await
    }
}

/// Components that are built at the same time.
pub struct Batch {
    number: Option<i32>,
    components: Vec<ComponentBuild>,
}

/// Components that are built at the same time.
#[Object]
impl Batch {
    /// Its number: 1 is `module-build-macros`; null for components that were not put into one.
    async fn number(&self) -> Option<i32> {
        self.number
    }

    /// Its components.
    #[graphql(complexity = "at_most(1, 50, child_complexity)")]
    async fn components(&self) -> &[ComponentBuild] {
        &self.components
    }

    /// How many it has.
    async fn total(&self) -> usize {
        self.components.len()
    }

    /// How many of them are in this state; without one, how many were not started.
    async fn in_state(&self, #[graphql(desc = "The state.")] state: Option<ComponentState>) -> usize {
        self.components.iter().filter(|component| component_state(component.0.state) == state).count()
    }
}
