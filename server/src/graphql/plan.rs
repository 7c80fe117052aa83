//! `plan`: what a submission would do, and why (a dry run).

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use serde_json::Value;

use super::error::{Told as _, coded};
use super::guard::complexity::at_most;
use super::id::{self, MODULE_BUILD};
use super::load;
use super::mutation::SubmitInput;
use super::viewer::Sender;
use crate::auth::permission::Submit;
use crate::service::submit::{self, preview};

/// Whether a request came by `POST`.
#[derive(Clone, Copy, Debug)]
pub struct ByPost(pub bool);

/// A build that would be made.
pub struct PlannedBuild(preview::Build);

/// What would be done about a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "preview::Would")]
pub enum Would {
    /// It would be made.
    Create,
    /// It failed, and would go on.
    Resume,
    /// It exists.
    Nothing,
}

/// What the submission would do. Nothing is written; what would be refused is refused.
pub async fn plan(context: &Context<'_>, input: SubmitInput) -> Result<Vec<PlannedBuild>> {
    if !context.data_unchecked::<ByPost>().0 {
        return Err(coded("METHOD_NOT_ALLOWED", "A plan fetches from git; ask for it by POST"));
    }
    let loaders = load::of(context);
    loaders.note_volatile();
    let app = loaders.app();
    let submitter = context.data_unchecked::<Sender>().asks::<Submit>(app).await.told()?;
    let (submission, _key) = input.submission(false)?;
    let builds = submit::dry_run(app, &submitter, submission).await.told()?;
    Ok(builds.into_iter().map(PlannedBuild).collect())
}

/// A build that would be made.
#[Object]
impl PlannedBuild {
    /// Module name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Stream.
    async fn stream(&self) -> &str {
        &self.0.stream
    }

    /// Version, with its prefix.
    async fn version(&self) -> &str {
        &self.0.version
    }

    /// Context, with the number of a scratch build.
    async fn context(&self) -> &str {
        &self.0.context
    }

    /// Whether it is a scratch build.
    async fn scratch(&self) -> bool {
        self.0.scratch
    }

    /// What would be done.
    async fn would(&self) -> Would {
        self.0.would.into()
    }

    /// Id of the build, if it is there.
    async fn existing(&self) -> Option<ID> {
        self.0.existing.as_ref().map(|existing| id::global(MODULE_BUILD, existing.id))
    }

    /// What it is built against, by module name.
    async fn buildrequires_json(&self) -> &Value {
        &self.0.buildrequires
    }

    /// How much is built again.
    async fn rebuild_strategy(&self) -> &str {
        &self.0.rebuild_strategy
    }

    /// Architectures it is for.
    async fn arches(&self) -> &[String] {
        &self.0.arches
    }

    /// Its components, in the order in which they are built.
    #[graphql(complexity = "at_most(1, 20, child_complexity)")]
    async fn batches(&self) -> Vec<PlannedBatch> {
        self.0.batches.iter().map(PlannedBatch::of).collect()
    }

    /// Why it would fail right after it was submitted, in sentences; usually none.
    async fn problems(&self) -> &[String] {
        &self.0.problems
    }

    /// What would be written into the log of a new build.
    async fn notices(&self) -> &[String] {
        &self.0.notices
    }

    /// Why it has its context.
    async fn context_reason(&self) -> &str {
        &self.0.explanation.context.reason
    }

    /// What it would be built against, and why.
    #[graphql(complexity = "at_most(1, 10, child_complexity)")]
    async fn against(&self) -> Vec<ExplainedModule> {
        self.0.explanation.against.iter().map(ExplainedModule::of).collect()
    }

    /// What it would not be built against, and why.
    #[graphql(complexity = "at_most(1, 10, child_complexity)")]
    async fn left_out(&self) -> Vec<ExplainedModule> {
        self.0.explanation.left_out.iter().map(ExplainedModule::of).collect()
    }

    /// Whether components may be taken over from another build.
    async fn reuse_reason(&self) -> &str {
        &self.0.reuse.reason
    }
}

/// Components that would be built at the same time.
#[derive(Clone, Debug, SimpleObject)]
pub struct PlannedBatch {
    /// Its number.
    number: i32,
    /// Its components.
    components: Vec<PlannedComponent>,
}

/// A component that would be built.
#[derive(Clone, Debug, SimpleObject)]
pub struct PlannedComponent {
    /// Source package.
    package: String,
    /// Where its source is.
    repository: Option<String>,
    /// Branch, tag or commit; becomes a commit after the submission.
    #[graphql(name = "ref")]
    reference: Option<String>,
    /// As the document says.
    buildorder: Option<i64>,
    /// Not part of the result.
    buildonly: bool,
    /// Architectures it is built for.
    arches: Vec<String>,
}

impl PlannedBatch {
    fn of(batch: &preview::Batch) -> Self {
        let component = |one: &preview::Component| PlannedComponent {
            package: one.package.clone(),
            repository: one.repository.clone(),
            reference: one.reference.clone(),
            buildorder: one.buildorder,
            buildonly: one.buildonly,
            arches: one.arches.clone(),
        };
        Self { number: batch.batch, components: batch.components.iter().map(component).collect() }
    }
}

/// A module that was taken, or left out.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExplainedModule {
    /// Name.
    name: String,
    /// Stream.
    stream: String,
    /// Version.
    version: String,
    /// Context.
    context: String,
    /// The rule that decided; docs/API.md lists them.
    rule: String,
    /// The same as a sentence.
    reason: String,
}

impl ExplainedModule {
    fn of(module: &preview::Module) -> Self {
        Self {
            name: module.name.clone(),
            stream: module.stream.clone(),
            version: module.version.clone(),
            context: module.context.clone(),
            rule: module.why.rule.to_owned(),
            reason: module.why.reason.clone(),
        }
    }
}
