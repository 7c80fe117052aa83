//! What can be changed: by the functions, rights and refusals of REST. Refusals are noted in the audit as there.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entities::module_build;
use serde_json::{Map, Value};

use super::error::Told as _;
use super::guard::complexity::at_most;
use super::id::{self, MODULE_BUILD};
use super::load::{self, builds};
use super::module_build::ModuleBuild;
use super::viewer::{API_TOKEN, ApiToken, Sender};
use crate::App;
use crate::audit::{self, Action};
use crate::auth::Person;
use crate::auth::permission::{Cancel, Import, Retry, Submit};
use crate::rest::Failure;
use crate::service::submit::idempotency::{Fingerprint, Key, Record, Recorded};
use crate::service::submit::{self, Submission, Submitted};
use crate::service::{cancel, import, retry, tokens};

/// What can be changed.
pub struct Mutation;

/// A submission: the parameters of REST.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SubmitInput {
    /// Repository and commit, `URL?[folder]#COMMIT`.
    scmurl: Option<String>,
    /// The branch that the commit is on; the stream is named after it.
    branch: Option<String>,
    /// The document itself instead.
    modulemd: Option<String>,
    /// Name of the module, with `modulemd`.
    module_name: Option<String>,
    /// Stream of the module, with `modulemd`.
    module_stream: Option<String>,
    /// A build that ends as `DONE` and is not for others to build against.
    scratch: Option<bool>,
    /// Source packages that components of a scratch build are built from.
    srpms: Option<Vec<String>>,
    /// `{"platform": ["f41"]}`: these streams instead of those of the document.
    buildrequire_overrides: Option<Value>,
    /// The same for what it requires.
    require_overrides: Option<Value>,
    /// `{"libuv": "rawhide"}`: build a component from another branch or commit.
    rpm_component_ref_overrides: Option<Value>,
    /// How much is built again.
    rebuild_strategy: Option<String>,
    /// Number or `name:stream:version:context` of the build that components are taken from.
    reuse_components_from: Option<Value>,
    /// Side tag of the build system.
    side_tag: Option<String>,
    /// In whose name; only where `NO_AUTH` is set.
    owner: Option<String>,
    /// The client's name for this submission: sent again under the same name, it is done once.
    idempotency_key: Option<String>,
}

/// A submission, with its key where it has one.
type Taken = (Submission, Option<(Key, Fingerprint)>);

impl SubmitInput {
    /// As REST takes it.
    pub fn submission(self, only_resume: bool) -> Result<Taken> {
        let mut params = Map::new();
        let text = |text: Option<String>| text.map(Value::String);
        for (name, value) in [
            ("scmurl", text(self.scmurl)),
            ("branch", text(self.branch)),
            ("modulemd", text(self.modulemd)),
            ("module_name", text(self.module_name)),
            ("module_stream", text(self.module_stream)),
            ("scratch", self.scratch.map(Value::Bool)),
            ("srpms", self.srpms.map(|all| all.into_iter().map(Value::String).collect())),
            ("buildrequire_overrides", self.buildrequire_overrides),
            ("require_overrides", self.require_overrides),
            ("rpm_component_ref_overrides", self.rpm_component_ref_overrides),
            ("rebuild_strategy", text(self.rebuild_strategy)),
            ("reuse_components_from", self.reuse_components_from),
            ("side_tag", text(self.side_tag)),
            ("owner", text(self.owner)),
        ] {
            if let Some(value) = value {
                params.insert(name.to_owned(), value);
            }
        }
        let submission = Submission { params, file: None, only_resume };
        let key = self.idempotency_key.map(|key| Key::parse(key.as_bytes())).transpose().told()?;
        let what = if only_resume { "graphql resume" } else { "graphql submit" };
        let key = key.map(|key| (key, Fingerprint::of(what, &submission)));
        Ok((submission, key))
    }
}

/// What an import did.
#[derive(SimpleObject)]
pub struct Imported {
    /// The build.
    module_build: ModuleBuild,
    /// What was done, in sentences.
    messages: Vec<String>,
}

/// A token that was just made.
#[derive(SimpleObject)]
pub struct MadeToken {
    /// The token itself, which nobody can see again.
    token: String,
    /// What is known of it.
    api_token: ApiToken,
}

/// What can be changed. Everything is done by the functions of REST, with their rights and refusals.
#[Object]
impl Mutation {
    /// Submits a module; one build for each combination of streams. One that failed before goes on.
    #[graphql(complexity = "at_most(100, 5, child_complexity)")]
    async fn submit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to build, and how.")] input: SubmitInput,
    ) -> Result<Vec<ModuleBuild>> {
        let app = load::of(context).app();
        noted(app, Action::Submit, None, submitted(context, input.submission(false)).await).await
    }

    /// Submits again what failed or was cancelled, so that it goes on; refused (`CONFLICT`) where that would make a new build.
    #[graphql(complexity = "at_most(100, 5, child_complexity)")]
    async fn resume(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was submitted before, in the same words.")] input: SubmitInput,
    ) -> Result<Vec<ModuleBuild>> {
        let app = load::of(context).app();
        noted(app, Action::Resume, None, submitted(context, input.submission(true)).await).await
    }

    /// Cancels a build; what of it is running is stopped within seconds.
    #[graphql(complexity = "at_most(100, 1, child_complexity)")]
    async fn cancel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which build.")] id: ID,
        #[graphql(desc = "In whose name; only where `NO_AUTH` is set.")] owner: Option<String>,
    ) -> Result<ModuleBuild> {
        let number = id::number(MODULE_BUILD, &id)?;
        let app = load::of(context).app();
        let subject = Some(format!("module-builds/{number}"));
        noted(app, Action::Cancel, subject, canceled(context, number, owner).await).await
    }

    /// Tries failed components of a failed build again; all of them, or those that are named.
    #[graphql(complexity = "at_most(100, 1, child_complexity)")]
    async fn retry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which build.")] id: ID,
        #[graphql(desc = "Which components, by package; all that failed without it.")] components: Option<Vec<String>>,
        #[graphql(desc = "In whose name; only where `NO_AUTH` is set.")] owner: Option<String>,
    ) -> Result<ModuleBuild> {
        let number = id::number(MODULE_BUILD, &id)?;
        let app = load::of(context).app();
        let subject = Some(format!("module-builds/{number}"));
        noted(app, Action::Retry, subject, retried(context, number, components, owner).await).await
    }

    /// Imports a module that was built elsewhere, from a commit.
    #[graphql(complexity = "at_most(100, 1, child_complexity)")]
    async fn import_module(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Repository and commit, `URL?#COMMIT`.")] scmurl: String,
    ) -> Result<Imported> {
        let app = load::of(context).app();
        noted(app, Action::Import, None, imported(context, scmurl).await).await
    }

    /// Makes an API token. Its text is in this answer and nowhere else.
    #[graphql(complexity = "at_most(100, 1, child_complexity)")]
    async fn make_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What its owner calls it.")] name: String,
        #[graphql(desc = "What it is good for: some of `read`, `submit`, `cancel` and `gate`.")] scopes: Vec<String>,
        #[graphql(desc = "For how many days.")] days: Option<i32>,
    ) -> Result<MadeToken> {
        let app = load::of(context).app();
        let mut wanted = Map::new();
        wanted.insert("name".to_owned(), name.into());
        wanted.insert("scopes".to_owned(), scopes.into());
        if let Some(days) = days {
            wanted.insert("days".to_owned(), days.into());
        }
        let made = async {
            let person = person(context).await?;
            Ok(tokens::make(app, &person, &wanted).await?)
        };
        let made = noted(app, Action::MakeToken, None, made.await).await?;
        Ok(MadeToken { token: made.token, api_token: ApiToken::new(app, made.row) })
    }

    /// Takes an API token back.
    #[graphql(complexity = "at_most(100, 1, child_complexity)")]
    async fn revoke_token(&self, context: &Context<'_>, #[graphql(desc = "Which token.")] id: ID) -> Result<ApiToken> {
        let number = id::number(API_TOKEN, &id)?;
        let app = load::of(context).app();
        let revoked = async {
            let person = person(context).await?;
            Ok(tokens::revoke(app, &person, number).await?)
        };
        let row = noted(app, Action::RevokeToken, Some(format!("tokens/{number}")), revoked.await).await?;
        Ok(ApiToken::new(app, row))
    }
}

fn sender<'a>(context: &Context<'a>) -> &'a Sender {
    context.data_unchecked()
}

async fn person(context: &Context<'_>) -> Result<Person, Failure> {
    Ok(Person::of(sender(context).known(load::of(context).app()).await?)?)
}

/// Notes a refusal as REST does.
async fn noted<T>(app: &App, action: Action, subject: Option<String>, done: Result<T, Failure>) -> Result<T> {
    if let Err(failure) = &done {
        audit::refused(app, action, subject, failure).await;
    }
    done.told()
}

async fn submitted(context: &Context<'_>, input: Result<Taken>) -> Result<Vec<ModuleBuild>, Failure> {
    let app = load::of(context).app();
    let submitter = sender(context).asks::<Submit>(app).await?;
    let (submission, key) = input.map_err(|error| Failure::invalid(error.message))?;
    let builds = match submit::submit(app, &submitter, submission, key).await? {
        Submitted::Now(builds, record) => {
            if let Some(record) = record {
                keep(app, record, &builds).await;
            }
            builds.into_iter().map(Into::into).collect()
        }
        Submitted::Before(Recorded::Builds(builds, record)) => {
            keep(app, record, &builds).await;
            builds.into_iter().map(Into::into).collect()
        }
        Submitted::Before(Recorded::Answer(text)) => {
            let ids: Vec<i32> = serde_json::from_str(&text).unwrap_or_default();
            let mut found = builds::by_ids(&app.db, &ids).await?;
            ids.iter().filter_map(|id| found.remove(id)).collect::<Vec<_>>()
        }
    };
    Ok(builds.into_iter().map(ModuleBuild).collect())
}

/// What a repetition under the same key is answered with: the numbers of the builds.
async fn keep(app: &App, record: Record, builds: &[module_build::Model]) {
    let ids: Vec<_> = builds.iter().map(|build| build.id).collect();
    record.keep(&app.db, serde_json::json!(ids).to_string()).await;
}

async fn canceled(context: &Context<'_>, number: i32, owner: Option<String>) -> Result<ModuleBuild, Failure> {
    let app = load::of(context).app();
    let canceler = sender(context).asks::<Cancel>(app).await?;
    let mut wanted = Map::new();
    wanted.insert("state".to_owned(), "failed".into());
    if let Some(owner) = owner {
        wanted.insert("owner".to_owned(), owner.into());
    }
    Ok(ModuleBuild(cancel::patch(app, &canceler, number, &wanted).await?.into()))
}

async fn retried(
    context: &Context<'_>,
    number: i32,
    components: Option<Vec<String>>,
    owner: Option<String>,
) -> Result<ModuleBuild, Failure> {
    let app = load::of(context).app();
    let retrier = sender(context).asks::<Retry>(app).await?;
    let mut wanted = Map::new();
    if let Some(components) = components {
        wanted.insert("components".to_owned(), components.into());
    }
    if let Some(owner) = owner {
        wanted.insert("owner".to_owned(), owner.into());
    }
    Ok(ModuleBuild(retry::retry(app, &retrier, number, &Value::Object(wanted)).await?.into()))
}

async fn imported(context: &Context<'_>, scmurl: String) -> Result<Imported, Failure> {
    let app = load::of(context).app();
    let importer = sender(context).asks::<Import>(app).await?;
    let mut given = Map::new();
    given.insert("scmurl".to_owned(), scmurl.into());
    let done = import::import_from_scm(app, &importer, &given).await?;
    Ok(Imported { module_build: ModuleBuild(done.build.into()), messages: done.messages })
}
