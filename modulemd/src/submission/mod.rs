//! From a submitted document to the documents of its builds: checks, overrides, static contexts, virtual streams, releases,
//! expansion, version prefix. Everything that is decided without the database; what is left is to look the builds up and to write them.
//!
//! Pure and resumable like the [expansion](crate::expansion): call [`builds`], look up what [`SubmissionError::missing`] names,
//! add it to the index, call again. The same with [`SubmissionError::releases`], which is added to the settings.

mod check;
mod error;
pub mod explain;
mod overrides;
mod parameters;
pub mod releases;
mod static_contexts;
mod virtual_streams;

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::expansion::{Choices, ExpandError, ExpandSettings, Index, Lookup, expand};
use crate::yaml::Node;
use crate::{Document, ModuleStream, version};

pub use check::{check_dashes, check_source_branch};
pub use error::{Class, SubmissionError};
pub use releases::Releases;

/// What a request may change in the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `buildrequire_overrides`: streams by module name, in place of those in the document.
    pub buildrequires: BTreeMap<String, Vec<String>>,
    /// `require_overrides`.
    pub requires: BTreeMap<String, Vec<String>>,
    /// `branch` of the submission; may decide the stream of a buildrequire, and is noted in `xmd.mbs`.
    pub branch: Option<String>,
    /// `side_tag`, noted in `xmd.mbs`.
    pub side_tag: Option<String>,
    /// `rpm_component_ref_overrides`: commits by component name, noted in `xmd.mbs`.
    pub rpm_component_refs: BTreeMap<String, String>,
}

/// What the operator's configuration says about submissions.
#[derive(Clone, Debug, Default)]
pub struct SubmissionSettings {
    /// How streams are expanded.
    pub expansion: ExpandSettings,
    /// `ALLOWED_PRIVILEGED_MODULE_NAMES`: these may set some keys of `xmd.mbs`.
    pub privileged_module_names: Vec<String>,
    /// `MODULES_ALLOW_REPOSITORY`: included modules may name their repository.
    pub modules_allow_repository: bool,
    /// `BR_STREAM_OVERRIDE_MODULE`: the branch may decide the stream of this buildrequire.
    pub br_stream_override_module: String,
    /// `BR_STREAM_OVERRIDE_REGEXES`: the first that matches anywhere in the branch counts; its groups, joined, are the stream.
    pub br_stream_override_regexes: Vec<Regex>,
    /// `PRODUCT_PAGES_MODULE_STREAMS`: base module streams that change once they are released, and what is known of that.
    pub releases: Releases,
}

/// All builds that a submission stands for, each with its final version and context; at least one, none of them twice.
/// The document has a name and a stream; `version` is that of the submission, before prefixes.
pub fn builds(
    document: &Document,
    version: u64,
    overrides: &Overrides,
    index: &Index,
    settings: &SubmissionSettings,
) -> Result<Vec<ModuleStream>, SubmissionError> {
    let submitted = static_contexts::split(document, &settings.expansion)?;
    let mut builds: Vec<ModuleStream> = Vec::new();
    let mut missing = BTreeSet::new();
    let mut absent = Vec::new();
    let mut unclear = BTreeSet::new();
    for mut stream in submitted.streams {
        stream.version = version;
        prepare(&mut stream, overrides, settings)?;
        let lookup = Lookup::new(index);
        virtual_streams::resolve(&mut stream, &settings.expansion.base_module_names, &lookup);
        let unknown = lookup.missing();
        if unknown.is_empty() {
            let releases = releases::apply(&mut stream, overrides, settings);
            if !releases.is_empty() {
                // Not expanded before its streams are final.
                unclear.extend(releases);
                continue;
            }
        }
        missing.extend(unknown);
        match expand(&stream, submitted.static_context, index, &settings.expansion) {
            Ok(expanded) => builds.extend(expanded),
            Err(ExpandError::NoCombination(why)) => absent.extend(why),
            // What the other streams need is asked for in the same round.
            Err(ExpandError::Missing(wanted)) => missing.extend(wanted),
            Err(error) if missing.is_empty() => return Err(error.into()),
            Err(_) => {}
        }
    }
    if !missing.is_empty() {
        return Err(ExpandError::Missing(missing).into());
    }
    if !unclear.is_empty() {
        return Err(SubmissionError::Releases(unclear));
    }
    if builds.is_empty() {
        return Err(ExpandError::NoCombination(absent).into());
    }
    finish(builds, settings)
}

fn prepare(
    stream: &mut ModuleStream,
    overrides: &Overrides,
    settings: &SubmissionSettings,
) -> Result<(), SubmissionError> {
    crate::validate_names(stream)?;
    check::check(stream, settings)?;
    overrides::apply(stream, overrides, settings)?;
    crate::validate_names(stream)?;
    parameters::note(stream, overrides);
    Ok(())
}

fn finish(builds: Vec<ModuleStream>, settings: &SubmissionSettings) -> Result<Vec<ModuleStream>, SubmissionError> {
    let mut finished: Vec<ModuleStream> = Vec::new();
    let mut known = BTreeSet::new();
    for mut build in builds {
        let suffixes = &settings.expansion.stream_suffixes;
        let base_stream = base_module_stream(&build, &settings.expansion.base_module_names);
        build.version = version::prefixed(build.version, base_stream.as_deref(), suffixes);
        crate::read::validate(&build).map_err(|problem| SubmissionError::Invalid(problem.to_string()))?;
        if known.insert((build.version, build.context.clone())) {
            finished.push(build);
        }
    }
    match settings.expansion.max_combinations {
        limit if finished.len() > limit => Err(ExpandError::TooMany { limit, choices: Choices::default() }.into()),
        _ => Ok(finished),
    }
}

/// The stream of the base module that an expanded document is built against, the first in the order of the configuration.
pub fn base_module_stream(build: &ModuleStream, base_modules: &[String]) -> Option<String> {
    let buildrequires = build.mbs()?.get("buildrequires")?;
    base_modules.iter().find_map(|name| {
        let stream = buildrequires.get(name)?.get("stream").and_then(Node::as_str)?;
        (!stream.is_empty()).then(|| stream.to_owned())
    })
}
