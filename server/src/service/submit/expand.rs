//! From one document to the documents of its builds.

use std::sync::Arc;

use modulemd::expansion::{ExpandSettings, Index};
use modulemd::submission::explain::{Explanation, Subject, explain};
use modulemd::submission::releases::ReleasedStreams;
use modulemd::submission::{Class, Overrides, Releases, SubmissionError, SubmissionSettings, builds};
use modulemd::{Document, ModuleStream};
use resolver::{Database, Resolver, ResolverError};

use super::source::Source;
use crate::App;
use crate::config::Config;
use crate::service::ServiceError;
use crate::service::params::Params;

/// A round looks up one level of what required modules require; nothing real is this deep.
const MAX_ROUNDS: usize = 50;

/// What a submission becomes.
pub struct Expanded {
    /// One document for each build, at least one.
    pub documents: Vec<ModuleStream>,
    /// What they follow from.
    pub work: Arc<Work>,
}

/// Checks the document and expands its streams; what has to be known for that is looked up in rounds, all at once in each.
pub async fn expand(app: &App, source: Source, params: &Params) -> Result<Expanded, ServiceError> {
    let mut work = Work {
        document: source.document,
        version: source.version,
        overrides: overrides(params),
        settings: settings(&app.config),
        index: Index::default(),
    };
    // Nothing is known yet, so the first round only checks the document and names what is needed.
    let mut answer = work.builds();
    for _ in 0..MAX_ROUNDS {
        match answer {
            Ok(documents) => return Ok(Expanded { documents, work: Arc::new(work) }),
            Err(error) => find_out(app, &mut work, &error).await?,
        }
        (work, answer) = on_a_thread(work).await?;
    }
    Err(ServiceError::Unprocessable("The modules that are required require too many others.".to_owned()))
}

/// Finds out what is not known yet, or hands on the refusal.
async fn find_out(app: &App, work: &mut Work, error: &SubmissionError) -> Result<(), ServiceError> {
    if let Some(wanted) = error.missing() {
        let found = Database::new(app.db.clone()).look_up(wanted, &mut work.index).await;
        return found.map_err(|ResolverError::Database(error)| ServiceError::from(error));
    }
    match (error.releases(), &app.product_pages) {
        (Some(names), Some(product_pages)) => {
            for (name, release) in product_pages.releases(names, app.clock.utc().date_naive()).await {
                work.settings.releases.add(name, release);
            }
            Ok(())
        }
        _ => Err(refused(error)),
    }
}

/// Everything that the expansion needs.
pub struct Work {
    document: Document,
    version: u64,
    overrides: Overrides,
    settings: SubmissionSettings,
    index: Index,
}

type Answer = Result<Vec<ModuleStream>, SubmissionError>;

impl Work {
    fn builds(&self) -> Answer {
        builds(&self.document, self.version, &self.overrides, &self.index, &self.settings)
    }

    /// What users should know about the answer, in sentences.
    pub fn notices(&self) -> impl Iterator<Item = String> {
        self.settings.releases.unknown().map(|(release, reason)| {
            format!(
                "Product Pages did not tell whether {release} is released ({reason}); its stream is built against without a \
                 suffix."
            )
        })
    }

    fn explain(&self, builds: &[(ModuleStream, bool)]) -> Result<Vec<Explanation>, SubmissionError> {
        let subjects: Vec<_> = builds.iter().map(|(build, exists)| Subject { build, exists: *exists }).collect();
        explain(&self.document, &self.overrides, &self.index, &self.settings, &subjects)
    }
}

/// Why the builds of a submission are built against what they are; of each its document, and whether it was made earlier.
pub async fn explained(work: &Arc<Work>, builds: Vec<(ModuleStream, bool)>) -> Result<Vec<Explanation>, ServiceError> {
    let work = Arc::clone(work);
    let explanations = tokio::task::spawn_blocking(move || work.explain(&builds)).await;
    explanations.map_err(|panic| ServiceError::Internal(panic.to_string()))?.map_err(|error| refused(&error))
}

/// It computes; requests that only wait must not wait for it.
async fn on_a_thread(work: Work) -> Result<(Work, Answer), ServiceError> {
    let compute = move || {
        let answer = work.builds();
        (work, answer)
    };
    tokio::task::spawn_blocking(compute).await.map_err(|panic| ServiceError::Internal(panic.to_string()))
}

fn overrides(params: &Params) -> Overrides {
    Overrides {
        buildrequires: params.buildrequire_overrides.clone(),
        requires: params.require_overrides.clone(),
        branch: params.branch.clone(),
        side_tag: params.side_tag.clone(),
        rpm_component_refs: params.ref_overrides.clone(),
    }
}

/// The options of stream expansion.
pub(crate) fn expansion(config: &Config) -> ExpandSettings {
    let expansion = &config.expansion;
    ExpandSettings {
        base_module_names: expansion.base_module_names.clone(),
        base_module_stream_exclusions: expansion.base_module_stream_exclusions.clone(),
        only_compatible_base_modules: expansion.allow_only_compatible_base_modules,
        stream_suffixes: expansion.stream_suffixes.clone(),
        max_combinations: expansion.max_stream_combinations,
        ..ExpandSettings::default()
    }
}

fn settings(config: &Config) -> SubmissionSettings {
    let expansion = &config.expansion;
    SubmissionSettings {
        expansion: self::expansion(config),
        privileged_module_names: expansion.privileged_module_names.clone(),
        modules_allow_repository: config.scm.modules_allow_repository,
        br_stream_override_module: expansion.br_stream_override_module.clone(),
        br_stream_override_regexes: expansion.br_stream_override_regexes.clone(),
        releases: Releases::new(released_streams(config)),
    }
}

fn released_streams(config: &Config) -> Vec<ReleasedStreams> {
    let product_pages = config.expansion.product_pages.as_ref();
    product_pages.map(|product_pages| product_pages.streams.clone()).unwrap_or_default()
}

/// Each class of refusals has its status.
pub fn refused(error: &SubmissionError) -> ServiceError {
    let text = error.to_string();
    match error.class() {
        Class::Invalid => ServiceError::Invalid(text),
        Class::Forbidden => ServiceError::Forbidden(text),
        Class::Unprocessable => ServiceError::Unprocessable(text),
    }
}
