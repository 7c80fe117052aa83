//! Stream expansion: one document becomes one build for every combination of streams that works.
//!
//! A pure function over an [`Index`] of known modules. Where it needs modules that nobody has looked for yet, it answers
//! [`ExpandError::Missing`] with all of their names at once; the caller looks them up, adds them to the index and asks again.

mod apply;
mod index;
mod solve;

use std::collections::BTreeSet;

use crate::ModuleStream;

pub use index::{Index, Known};

/// Options of the expansion.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `BASE_MODULE_NAMES`; each block of dependencies needs one of them.
    pub base_module_names: Vec<String>,
    /// More combinations than this are refused.
    pub max_combinations: usize,
}

/// Why a document has no builds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// Not an error yet: these modules have to be looked up and added to the index.
    #[error("modules have to be looked up: {0:?}")]
    Missing(BTreeSet<String>),
    /// No base module that the document is built against is known.
    #[error(
        "None of the base module ({choices}) streams in the buildrequires section could be found.{}",
        missing_streams(.missing)
    )]
    NoBaseModule {
        /// Names of base modules, joined by `or`.
        choices: String,
        /// `name:stream` of those that were asked for.
        missing: Vec<String>,
    },
    /// A stream that is needed has no build.
    #[error("Cannot find any module builds for {0}")]
    NoBuilds(String),
    /// All streams are there, but they do not go together.
    #[error("No combination of the required streams works. {0}")]
    Conflict(String),
    /// Too many combinations.
    #[error("The dependencies allow more than {0} combinations of streams; name fewer streams")]
    TooMany(usize),
}

fn missing_streams(missing: &[String]) -> String {
    if missing.is_empty() { String::new() } else { format!("  Missing streams are ({}).", missing.join(", ")) }
}

/// All builds of a document: each has single streams in its buildrequires, `xmd.mbs.buildrequires` and a context.
/// `static_context` keeps the context that the document has.
pub fn expand(
    document: &ModuleStream,
    static_context: bool,
    index: &Index,
    settings: &Settings,
) -> Result<Vec<ModuleStream>, ExpandError> {
    let mut builds: Vec<ModuleStream> = Vec::new();
    let blocks = solve::expanded_blocks(document, index)?;
    for (number, block) in blocks.iter().enumerate() {
        for chosen in solve::combinations(block, index, settings)? {
            let build = apply::apply(document, number, block, &chosen, static_context, settings);
            if !builds.iter().any(|known| known.context == build.context) {
                builds.push(build);
            }
        }
    }
    Ok(builds)
}
