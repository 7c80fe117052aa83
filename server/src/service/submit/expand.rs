//! From one document to the documents of its builds.

use std::collections::BTreeSet;

use modulemd::expand::{self, ExpandError, Index};
use modulemd::submission::{self, Refusal, Rules};
use modulemd::yaml::Node;
use modulemd::{Document, ModuleStream, validate_names, version};
use resolver::{Database, Resolver, ResolverError};

use super::source::Source;
use crate::App;
use crate::service::ServiceError;
use crate::service::params::Params;

/// Looking up modules that required modules require takes a round a level; nothing real is this deep.
const MAX_ROUNDS: usize = 50;

/// Checks the document and expands its streams.
pub async fn expand(app: &App, source: Source, params: &Params) -> Result<Vec<ModuleStream>, ServiceError> {
    let is_static = is_static(&source.document);
    let mut expanded = Vec::new();
    let mut index = Index::default();
    let resolver = Database::new(app.db.clone());
    for mut document in source.document.into_streams() {
        document.version = source.version;
        validate_names(&document).map_err(|error| ServiceError::Unprocessable(error.to_string()))?;
        prepare(app, &mut document, params)?;
        let base_modules = app.config.expansion.base_module_names.iter().cloned().collect();
        look_up(&resolver, &mut index, base_modules).await?;
        submission::resolve_virtual_streams(&mut document, &app.config.expansion.base_module_names, &index);
        expanded.extend(solve(app, &document, is_static, &mut index, &resolver).await?);
    }
    if expanded.is_empty() {
        return Err(ServiceError::Invalid(
            "No dependency combination was satisfied. Please verify the buildrequires in your modulemd have previously been built."
                .to_owned(),
        ));
    }
    for document in &mut expanded {
        prefix_version(app, document);
    }
    Ok(expanded)
}

/// The packager chose the context, and it stays.
fn is_static(document: &Document) -> bool {
    match document {
        Document::Packager(_) => true,
        Document::Stream(stream) => {
            stream.static_context || stream.mbs().is_some_and(|mbs| mbs.contains_key("static_context"))
        }
    }
}

fn prepare(app: &App, document: &mut ModuleStream, params: &Params) -> Result<(), ServiceError> {
    let config = &app.config;
    let rules = Rules {
        base_module_names: config.expansion.base_module_names.clone(),
        privileged_module_names: config.expansion.privileged_module_names.clone(),
        modules_allow_repository: config.scm.modules_allow_repository,
    };
    submission::check(document, &rules).map_err(|refusal| refused(&refusal))?;
    submission::override_dependencies(document, &params.buildrequire_overrides, &params.require_overrides)
        .map_err(|refusal| refused(&refusal))?;
    submission::note_parameters(document, params.branch.as_deref(), params.side_tag.as_deref(), &params.ref_overrides);
    Ok(())
}

/// Expands with what is known; looks up what is missing, all of it at once, and tries again.
async fn solve(
    app: &App,
    document: &ModuleStream,
    is_static: bool,
    index: &mut Index,
    resolver: &impl Resolver,
) -> Result<Vec<ModuleStream>, ServiceError> {
    let settings = expand::Settings {
        base_module_names: app.config.expansion.base_module_names.clone(),
        max_combinations: MAX_COMBINATIONS,
    };
    for _ in 0..MAX_ROUNDS {
        match expand::expand(document, is_static, index, &settings) {
            Ok(builds) => return Ok(builds),
            Err(ExpandError::Missing(names)) => look_up(resolver, index, names).await?,
            Err(error) => return Err(ServiceError::Unprocessable(error.to_string())),
        }
    }
    Err(ServiceError::Unprocessable("The modules that are required require too many others.".to_owned()))
}

/// Builds that one submission may become.
const MAX_COMBINATIONS: usize = 1000;

async fn look_up(resolver: &impl Resolver, index: &mut Index, names: BTreeSet<String>) -> Result<(), ServiceError> {
    let names: BTreeSet<String> = names.into_iter().filter(|name| !index.was_asked(name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let found = resolver.find(&names).await.map_err(|ResolverError::Database(error)| ServiceError::from(error))?;
    for (name, builds) in found {
        index.add(&name, builds);
    }
    Ok(())
}

/// Builds for newer base modules have larger versions.
fn prefix_version(app: &App, document: &mut ModuleStream) {
    let expansion = &app.config.expansion;
    let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires"));
    let mut streams = expansion
        .base_module_names
        .iter()
        .filter_map(|name| buildrequires?.get(name)?.get("stream").and_then(Node::as_str).map(str::to_owned));
    let stream = streams.next();
    document.version = version::prefixed(document.version, stream.as_deref(), &expansion.stream_suffixes);
}

fn refused(refusal: &Refusal) -> ServiceError {
    let text = refusal.to_string();
    if refusal.is_forbidden() { ServiceError::Forbidden(text) } else { ServiceError::Invalid(text) }
}
