//! From one document to the documents of its builds.

use modulemd::expansion::{ExpandSettings, Index};
use modulemd::submission::{Class, Overrides, SubmissionError, SubmissionSettings, builds};
use modulemd::{Document, ModuleStream};
use resolver::{Database, Resolver, ResolverError};

use super::source::Source;
use crate::App;
use crate::config::Config;
use crate::service::ServiceError;
use crate::service::params::Params;

/// A round looks up one level of what required modules require; nothing real is this deep.
const MAX_ROUNDS: usize = 50;

/// Checks the document and expands its streams; what has to be known for that is looked up in rounds, all at once in each.
pub async fn expand(app: &App, source: Source, params: &Params) -> Result<Vec<ModuleStream>, ServiceError> {
    let resolver = Database::new(app.db.clone());
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
            Ok(builds) => return Ok(builds),
            Err(error) => match error.missing() {
                Some(wanted) => resolver
                    .look_up(wanted, &mut work.index)
                    .await
                    .map_err(|ResolverError::Database(error)| ServiceError::from(error))?,
                None => return Err(refused(&error)),
            },
        }
        (work, answer) = on_a_thread(work).await?;
    }
    Err(ServiceError::Unprocessable("The modules that are required require too many others.".to_owned()))
}

/// Everything that the expansion needs.
struct Work {
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
    }
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
