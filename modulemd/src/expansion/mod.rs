//! Stream expansion: one document becomes one build for every combination of streams that works.
//!
//! A pure function over an [`Index`] of known builds. Where it needs builds or documents that nobody has looked up yet, it answers
//! [`ExpandError::Missing`] with all of them at once; the caller looks them up, adds them to the index and asks again. A round
//! adds one level of what modules require at run time.
//!
//! The steps, each in its file:
//!
//! 1. `streams`: `[]` and `-stream` in buildrequires become the streams that have builds;
//! 2. `base_modules`: the base modules that are built against, with those that are compatible;
//! 3. `candidates`: of every buildrequired stream the newest builds for those base modules, and what these require;
//! 4. `solve`: which candidates go together (`pool` says what each offers and requires, `domains` drops what cannot work,
//!    `complete` adds what is required in turn);
//! 5. `apply`: the document of each build.
//!
//! Why there is no build, in sentences: `absent` (something is not there at all), `why` and `reasons` (it does not go together).
//!
//! [`default_modules`] adds to a build what its base module has every build buildrequire.

mod absent;
mod apply;
mod base_modules;
mod candidates;
mod complete;
mod default_modules;
mod domains;
mod error;
mod index;
mod lookup;
mod pool;
mod reasons;
mod requirement;
mod size;
mod solve;
mod streams;
mod why;

use std::collections::{BTreeMap, BTreeSet};

use crate::ModuleStream;
use crate::version::StreamSuffixes;

pub use default_modules::{DefaultModules, default_modules};
pub use error::{Choices, ExpandError};
pub use index::{BuildState, Index, KnownBuild, Wanted};
pub(crate) use lookup::{Lookup, version};
pub(crate) use size::check_size;

/// Options of the expansion.
#[derive(Clone, Debug)]
pub struct ExpandSettings {
    /// `BASE_MODULE_NAMES`, the more important first. Of each dependency block the first that it buildrequires counts.
    pub base_module_names: Vec<String>,
    /// `BASE_MODULE_STREAM_EXCLUSIONS`: streams that `[]` and `-stream` of a base module do not stand for.
    pub base_module_stream_exclusions: Vec<String>,
    /// `ALLOW_ONLY_COMPATIBLE_BASE_MODULES`: only builds for the same or an older minor release of the base module are built
    /// against; otherwise a virtual stream in common is enough.
    pub only_compatible_base_modules: bool,
    /// `STREAM_SUFFIXES`.
    pub stream_suffixes: StreamSuffixes,
    /// Streams to take where a document leaves a choice, by module name.
    pub default_streams: BTreeMap<String, String>,
    /// Refuse a document that leaves a choice of streams not decided by `default_streams`, as local builds do.
    pub refuse_choices: bool,
    /// `MAX_STREAM_COMBINATIONS`: more builds than this from one submission are refused.
    pub max_combinations: usize,
    /// More steps than this of the search for what goes together are given up.
    pub max_steps: usize,
}

impl Default for ExpandSettings {
    fn default() -> Self {
        Self {
            base_module_names: vec!["platform".to_owned()],
            base_module_stream_exclusions: Vec::new(),
            only_compatible_base_modules: true,
            stream_suffixes: Vec::new(),
            default_streams: BTreeMap::new(),
            refuse_choices: false,
            max_combinations: 1000,
            max_steps: 1_000_000,
        }
    }
}

/// All builds of a document, in a fixed order; at least one. Each has single streams in the
/// dependency block that it came from (now the last), `xmd.mbs.buildrequires`, `xmd.mbs.mse` and a context, but no version
/// prefix. With `static_context` the document's own context stays, and there is at most one build.
pub fn expand(
    document: &ModuleStream,
    static_context: bool,
    index: &Index,
    settings: &ExpandSettings,
) -> Result<Vec<ModuleStream>, ExpandError> {
    let lookup = Lookup::new(index);
    let builds = expand_with(document, static_context, &lookup, settings);
    // What was concluded from incomplete knowledge is no answer.
    match lookup.missing() {
        missing if missing.is_empty() => builds,
        missing => Err(ExpandError::Missing(missing)),
    }
}

fn expand_with(
    document: &ModuleStream,
    static_context: bool,
    lookup: &Lookup<'_>,
    settings: &ExpandSettings,
) -> Result<Vec<ModuleStream>, ExpandError> {
    let blocks = streams::expanded_buildrequires(document, lookup, settings)?;
    let bases = base_modules::find(&blocks, lookup, settings)?;
    let candidates = candidates::collect(&blocks, &bases, lookup, settings)?;
    let mut pool = pool::Pool::new(&candidates, lookup, settings);
    if !lookup.missing().is_empty() {
        // The answer would be thrown away.
        return Ok(Vec::new());
    }
    let demands = solve::demands(&blocks, &mut pool, settings);
    let combinations = solve::combinations(&demands, &pool, settings)?;
    if combinations.is_empty() {
        return Err(ExpandError::NoCombination(absent::from_blocks(document, &demands, &pool, lookup, settings)));
    }
    check_size(document, combinations.len(), settings)?;
    let mut builds: Vec<ModuleStream> = Vec::new();
    let mut different = Vec::new();
    for combination in &combinations {
        let build = apply::apply(document, combination, static_context, lookup, settings)?;
        if !builds.contains(&build) {
            different.push(combination.describe());
        }
        builds.push(build);
    }
    if static_context && document.context.is_none() && !builds.is_empty() {
        return Err(ExpandError::NoStaticContext);
    }
    if static_context && different.len() > 1 {
        return Err(ExpandError::StaticContextWithChoices {
            context: document.context.clone().unwrap_or_default(),
            combinations: different,
        });
    }
    // Blocks may lead to the same build; the first counts.
    let mut seen = BTreeSet::new();
    builds.retain(|build| seen.insert(build.context.clone()));
    Ok(builds)
}

/// Module names with the streams that are allowed of each.
type Streams = BTreeMap<String, BTreeSet<String>>;
