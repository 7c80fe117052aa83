//! `ModuleBuild` and `BaseModule`.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use entities::module_build::Model;
use serde_json::Value;

use super::component_build::ComponentBuild;
use super::loaders::Loaders;
use super::progress::BuildEstimate;
use super::scalars::{DateTime, ModuleState, module_state};
use super::state_change::ModuleStateChange;
use crate::rest::rows::Short;

/// A module build. The row is read without its document.
pub struct ModuleBuild(pub Model);

#[Object]
impl ModuleBuild {
    /// Its number; the same as in REST.
    async fn id(&self) -> ID {
        self.0.id.into()
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
        self.0.nsvc().to_string()
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
        self.0.is_scratch()
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

    /// The build whose components are reused.
    async fn reused_module_id(&self) -> Option<ID> {
        self.0.reused_module_id.map(Into::into)
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

    /// The modules it is built against, by name.
    async fn buildrequires(&self) -> Value {
        let stored = self.0.buildrequires_json.as_deref();
        stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| serde_json::json!({}))
    }

    /// The document, YAML.
    async fn modulemd(&self, context: &Context<'_>) -> Result<String> {
        context.data::<Loaders>()?.document(self.0.id).await
    }

    /// Its components.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn components(&self, context: &Context<'_>) -> Result<Vec<ComponentBuild>> {
        let components = context.data::<Loaders>()?.components(self.0.id).await?;
        Ok(components.into_iter().map(ComponentBuild).collect())
    }

    /// How long its components still take; null before they are known and when it is over.
    async fn estimate(&self, context: &Context<'_>) -> Result<Option<BuildEstimate>> {
        let progress = context.data::<Loaders>()?.progress(self.0.id).await?;
        Ok(progress.and_then(|progress| progress.estimate.clone()).map(Into::into))
    }

    /// States in the order they were entered.
    async fn state_trace(&self, context: &Context<'_>) -> Result<Vec<ModuleStateChange>> {
        let facts = context.data::<Loaders>()?.facts(self.0.id).await?;
        Ok(facts.trace.into_iter().map(Into::into).collect())
    }

    /// Architectures it is built for.
    async fn arches(&self, context: &Context<'_>) -> Result<Vec<String>> {
        Ok(context.data::<Loaders>()?.facts(self.0.id).await?.arches)
    }

    /// Base modules only: names that stand for the latest of several streams.
    async fn virtual_streams(&self, context: &Context<'_>) -> Result<Vec<String>> {
        Ok(context.data::<Loaders>()?.facts(self.0.id).await?.virtual_streams)
    }

    /// Other contexts of the same name, stream and version.
    async fn siblings(&self, context: &Context<'_>) -> Result<Vec<ID>> {
        let siblings = context.data::<Loaders>()?.relatives(self.0.id).await?.siblings;
        Ok(siblings.into_iter().map(Into::into).collect())
    }

    /// The base modules it is built against.
    async fn base_module_buildrequires(&self, context: &Context<'_>) -> Result<Vec<BaseModule>> {
        let base_modules = context.data::<Loaders>()?.relatives(self.0.id).await?.base_modules;
        Ok(base_modules.into_iter().map(Into::into).collect())
    }
}

/// A base module that a build was built against.
#[derive(Clone, Debug, SimpleObject)]
pub struct BaseModule {
    /// Its number as a module build.
    id: ID,
    /// Name, mostly `platform`.
    name: String,
    /// Stream.
    stream: String,
    /// Version.
    version: String,
    /// Context.
    context: String,
    /// Where it stands.
    state: Option<ModuleState>,
    /// `f27.0.1` is 270001.
    stream_version: Option<f64>,
}

impl From<Short> for BaseModule {
    fn from(build: Short) -> Self {
        Self {
            id: build.id.into(),
            name: build.name,
            stream: build.stream,
            version: build.version,
            context: build.context,
            state: module_state(Some(build.state)),
            stream_version: build.stream_version,
        }
    }
}
