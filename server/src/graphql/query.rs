//! Where a query begins.

use async_graphql::{Context, ID, Object, Result};

use super::build_filter::{self, ModuleBuildFilter, ModuleBuildOrder};
use super::component_build::ComponentBuild;
use super::component_filter::{self, ComponentBuildFilter, ComponentBuildOrder};
use super::difference::{self, Difference};
use super::error::invalid;
use super::guard::complexity::at_most;
use super::id::{COMPONENT_BUILD, MODULE_BUILD, number};
use super::load::builds::{Builds, BuildsOf};
use super::load::components::{Components, ComponentsOf};
use super::load::{self};
use super::module_build::ModuleBuild;
use super::mutation::SubmitInput;
use super::node::{self, Node};
use super::paging::{Page, Part, items, page};
use super::plan::{self, PlannedBuild};
use super::queue::{self, Queue, Worker};
use super::statistics::{Statistics, StatisticsFilter};
use super::tree::{self, BuildTree, TreeDirection};
use super::viewer::{self, Viewer};

/// What can be asked.
pub struct Query;

/// What can be asked.
#[Object]
#[expect(clippy::too_many_arguments, reason = "arguments of a field are those of its method")]
impl Query {
    /// Whatever has this id.
    async fn node(&self, context: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Result<Option<Node>> {
        node::node(context, &id).await
    }

    /// A module build by its id or number, or by its `name:stream:version:context`. A context may be missing, and a version: then it is
    /// the newest build.
    async fn module_build(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id or number.")] id: Option<ID>,
        #[graphql(desc = "`name:stream:version:context`.")] nsvc: Option<String>,
    ) -> Result<Option<ModuleBuild>> {
        match (id, nsvc) {
            (Some(id), None) => Ok(load::of(context).build(number(MODULE_BUILD, &id)?).await?.map(ModuleBuild)),
            (None, Some(nsvc)) => {
                let filter = ModuleBuildFilter { nsvc: Some(nsvc), ..ModuleBuildFilter::default() };
                let chosen = build_filter::chosen(load::of(context).app(), Some(&filter), None, None)?;
                let part = Part { first: Some(1), ..Part::default() };
                let found = page::<Builds, _>(context, (BuildsOf::All, 0), chosen, &part, ModuleBuild).await?;
                Ok(found.edges.into_iter().next().map(|edge| edge.node))
            }
            _ => Err(invalid("A build is asked for by `id` or by `nsvc`")),
        }
    }

    /// Module builds, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn module_builds(
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
        let app = load::of(context).app();
        let chosen = build_filter::chosen(app, filter.as_ref(), order_by.as_deref(), order_desc_by.as_deref())?;
        page::<Builds, _>(context, (BuildsOf::All, 0), chosen, &part, ModuleBuild).await
    }

    /// A component by its id or number.
    async fn component_build(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id or number.")] id: ID,
    ) -> Result<Option<ComponentBuild>> {
        Ok(load::of(context).component(number(COMPONENT_BUILD, &id)?).await?.map(ComponentBuild))
    }

    /// Components, newest first.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn component_builds(
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
        page::<Components, _>(context, (ComponentsOf::All, 0), chosen, &part, ComponentBuild).await
    }

    /// From build to build: what a build was built against, what that was built against, and so on; or what was built against it.
    #[graphql(complexity = "at_most(100, 100, child_complexity)")]
    async fn build_tree(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where it begins.")] id: ID,
        #[graphql(desc = "Steps from there, at most 20.", default = 3)] depth: i32,
        #[graphql(desc = "Which way.", default_with = "TreeDirection::Buildrequires")] direction: TreeDirection,
    ) -> Result<Option<BuildTree>> {
        tree::tree(context, number(MODULE_BUILD, &id)?, depth, direction).await
    }

    /// What is different between two builds, as `mbs-build diff` shows it.
    #[graphql(complexity = "at_most(200, 10, child_complexity)")]
    async fn diff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first build: its id, number or `name:stream:version:context`.")] a: String,
        #[graphql(desc = "The second.")] b: String,
    ) -> Result<Difference> {
        difference::difference(context, &a, &b).await
    }

    /// How often builds succeed and how long they take.
    #[expect(clippy::unused_async, reason = "resolvers are async")]
    async fn statistics(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which builds, when.")] filter: Option<StatisticsFilter>,
    ) -> Result<Statistics> {
        Statistics::new(context, filter)
    }

    /// What waits.
    #[graphql(complexity = "at_most(50, 1, child_complexity)")]
    async fn queue(&self, context: &Context<'_>) -> Result<Queue> {
        queue::queue(context).await
    }

    /// Who works on what, and who waits for work, by name.
    #[graphql(complexity = "at_most(50, items(first, last), child_complexity)")]
    async fn workers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Page<Worker>> {
        queue::workers(context, &Part { first, after, last, before }).await
    }

    /// What a submission would do, and why; nothing is written.
    #[graphql(complexity = "at_most(1000, 10, child_complexity)")]
    async fn plan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The submission.")] input: SubmitInput,
    ) -> Result<Vec<PlannedBuild>> {
        plan::plan(context, input).await
    }

    /// Who is asking, and what they may do; an error, with the status that REST would answer with, where that is not known.
    async fn viewer(&self, context: &Context<'_>) -> Result<Viewer> {
        viewer::viewer(context).await
    }
}
