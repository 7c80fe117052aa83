//! Why a build is built against what it is, and what was left out.
//!
//! Looks back at a finished expansion: the submitted document, what the index knows, and one of the builds. It decides nothing, so
//! that it cannot change what is built.

mod left_out;
mod rule;

use crate::expansion::{Index, Lookup};
use crate::yaml::Node;
use crate::{Document, ModuleStream, Nsvc};

use super::{Overrides, SubmissionError, SubmissionSettings, static_contexts};

pub use left_out::{LeftOut, Reason};
pub use rule::Rule;

/// What one build is built against, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Everything in `xmd.mbs.buildrequires`, by name.
    pub against: Vec<Against>,
    /// Streams and builds of the same modules that were not taken, by name and stream.
    pub left_out: Vec<LeftOut>,
}

/// A module that is built against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// The chosen build.
    pub nsvc: Nsvc,
    /// What decided its stream.
    pub rule: Rule,
}

/// Explains one of the builds that [`super::builds`] made of `document`, from the same index and settings.
pub fn explain(
    document: &Document,
    overrides: &Overrides,
    index: &Index,
    settings: &SubmissionSettings,
    build: &ModuleStream,
) -> Result<Explanation, SubmissionError> {
    let submitted = static_contexts::split(document, &settings.expansion)?;
    let is_source = |stream: &&ModuleStream| submitted.streams.len() == 1 || stream.context == build.context;
    let Some(source) = submitted.streams.iter().find(is_source) else { return Ok(Explanation::default()) };
    let lookup = Lookup::new(index);
    let chosen = chosen(build);
    let rules = rule::Rules { source, overrides, settings, lookup: &lookup, chosen: &chosen };
    let against = chosen.iter().map(|nsvc| Against { nsvc: nsvc.clone(), rule: rules.of(nsvc) });
    let against = against.collect();
    let left_out = left_out::find(source, &chosen, &lookup, settings);
    Ok(Explanation { against, left_out })
}

/// `xmd.mbs.buildrequires` of a build.
fn chosen(build: &ModuleStream) -> Vec<Nsvc> {
    let all = build.mbs().and_then(|mbs| mbs.get("buildrequires")).and_then(Node::as_map);
    let nsvc = |(name, details): (&String, &Node)| {
        let text = |key: &str| details.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
        Nsvc::new(name, text("stream"), text("version"), text("context"))
    };
    all.into_iter().flatten().map(nsvc).collect()
}
