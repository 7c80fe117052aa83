//! Why builds are built against what they are, and what was left out.
//!
//! Looks back at a finished expansion: the submitted document, what the index knows, and its builds. It decides nothing, so that it
//! cannot change what is built.
//!
//! `trail` follows the streams from the document to those that are built against, `rule` says which rule chose one, `left_out` and
//! `reason` why others were not taken.

mod left_out;
mod reason;
mod rule;
mod trail;

use std::fmt;

use crate::expansion::{Index, KnownBuild, Lookup};
use crate::yaml::Node;
use crate::{Document, ModuleStream, Nsvc};

use super::{Overrides, SubmissionError, SubmissionSettings, static_contexts};

pub use left_out::LeftOut;
pub use reason::Reason;
pub use rule::{Choice, Rule};
pub use trail::By;

/// What one build is built against, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Where its context comes from.
    pub context: Context,
    /// Everything in `xmd.mbs.buildrequires`, by name.
    pub against: Vec<Against>,
    /// Streams and builds of the same modules that were not taken, by name and stream.
    pub left_out: Vec<LeftOut>,
}

/// A build that is to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its expanded document.
    pub build: &'a ModuleStream,
    /// It was made earlier, and keeps the document that it was made with.
    pub exists: bool,
}

/// Where a context comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// The document says it.
    Static,
    /// It is a hash over streams.
    Computed,
}

impl Context {
    /// The names for programs.
    pub const NAMES: [&str; 2] = ["static", "computed"];

    /// The name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Computed => "computed",
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Static => "the document sets it",
            Self::Computed => "computed from the streams that it is built against and those that it requires",
        })
    }
}

/// A module that is built against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// The chosen build, the newest of its stream that works.
    pub nsvc: Nsvc,
    /// What decided its stream.
    pub rule: Rule,
    /// The base module that it was built against, where that is another one than this build's: a compatible one, or it requires none.
    pub built_for: Option<Nsvc>,
}

impl fmt::Display for Against {
    /// Everything about it in one sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rule)?;
        match &self.built_for {
            Some(base) => {
                write!(f, "; it was built for {}:{}, and works with this base module as well", base.name, base.stream)
            }
            None => Ok(()),
        }
    }
}

/// Explains builds that [`super::builds`] made of `document`, from the same index and settings, in their order.
pub fn explain(
    document: &Document,
    overrides: &Overrides,
    index: &Index,
    settings: &SubmissionSettings,
    subjects: &[Subject<'_>],
) -> Result<Vec<Explanation>, SubmissionError> {
    let submitted = static_contexts::split(document, &settings.expansion)?;
    let lookup = Lookup::new(index);
    let by = if submitted.static_context { By::StaticContext } else { By::Document };
    let streams = submitted.streams.iter();
    let sources = streams.map(|source| Source {
        context: source.context.clone(),
        blocks: trail::blocks(source, &by, overrides, settings, &lookup),
    });
    let mut sources: Vec<Source> = sources.collect();
    for subject in subjects {
        let source = source_of(&sources, subject.build);
        if let Some(place) = trail::block_of(&sources[source].blocks, subject.build) {
            sources[source].blocks[place].take(chosen(subject.build));
        }
    }
    let context = if submitted.static_context { Context::Static } else { Context::Computed };
    let known = Known { lookup: &lookup, settings };
    let explain = |subject: &Subject<'_>| known.explain(&sources[source_of(&sources, subject.build)], subject, context);
    Ok(subjects.iter().map(explain).collect())
}

/// One of the streams that a document stands for: several, if it has several static contexts.
struct Source {
    context: Option<String>,
    blocks: Vec<trail::Block>,
}

fn source_of(sources: &[Source], build: &ModuleStream) -> usize {
    let same = sources.iter().position(|source| source.context == build.context);
    same.unwrap_or(0)
}

/// Everything that is known when one build is looked at.
struct Known<'a> {
    lookup: &'a Lookup<'a>,
    settings: &'a SubmissionSettings,
}

impl Known<'_> {
    fn explain(&self, source: &Source, subject: &Subject<'_>, context: Context) -> Explanation {
        let chosen = chosen(subject.build);
        let block = trail::block_of(&source.blocks, subject.build).map(|place| &source.blocks[place]);
        let against = chosen.iter().map(|nsvc| Against {
            nsvc: nsvc.clone(),
            rule: self.rule(nsvc, block, &chosen),
            built_for: self.built_for(nsvc, &chosen),
        });
        let against = against.collect();
        let left_out = block.map(|block| self.left_out(block, &chosen, subject.exists));
        Explanation { context, against, left_out: left_out.unwrap_or_default() }
    }

    fn is_base(&self, name: &str) -> bool {
        self.settings.expansion.base_module_names.iter().any(|base| base == name)
    }

    fn row(&self, nsvc: &Nsvc) -> Option<&KnownBuild> {
        self.lookup.rows(&nsvc.name).iter().find(|row| row.nsvc == *nsvc)
    }

    /// The base modules among what is built against.
    fn bases<'c>(&self, chosen: &'c [Nsvc]) -> impl Iterator<Item = &'c Nsvc> {
        chosen.iter().filter(|nsvc| self.is_base(&nsvc.name))
    }

    /// All base modules that a build was built against.
    fn bases_of(&self, build: &KnownBuild) -> Vec<Nsvc> {
        let rows = self.settings.expansion.base_module_names.iter().flat_map(|name| self.lookup.rows(name));
        rows.filter(|row| build.base_modules.contains(&row.id)).map(|row| row.nsvc.clone()).collect()
    }

    fn built_for(&self, nsvc: &Nsvc, chosen: &[Nsvc]) -> Option<Nsvc> {
        if self.is_base(&nsvc.name) {
            return None;
        }
        let own = self.bases_of(self.row(nsvc)?);
        let shared = self.bases(chosen).any(|base| own.contains(base));
        own.into_iter().next().filter(|_| !shared)
    }
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
