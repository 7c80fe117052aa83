//! What decided the stream of a module that is built against.

use std::collections::BTreeSet;
use std::fmt;

use crate::expansion::{BuildState, Lookup};
use crate::submission::{Overrides, SubmissionSettings, overrides};
use crate::{ModuleStream, Nsvc};

/// What decided a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `buildrequire_overrides` of the request.
    Override,
    /// The branch of the submission, by `BR_STREAM_OVERRIDE_REGEXES`.
    Branch(String),
    /// The document asks for a virtual stream of a base module; this is the newest stream that has it.
    Virtual(String),
    /// The document names the stream; alone, or among these others.
    Named(BTreeSet<String>),
    /// The document takes every stream except these (without the sign); all of them where there are none.
    Every(BTreeSet<String>),
    /// Not buildrequired by the document; these builds require it at run time.
    RequiredBy(Vec<Nsvc>),
}

impl Rule {
    /// The name for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Branch(_) => "branch",
            Self::Virtual(_) => "virtual-stream",
            Self::Named(_) => "named",
            Self::Every(_) => "every-stream",
            Self::RequiredBy(_) => "required",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        match self {
            Self::Override => f.write_str("the request overrides the stream"),
            Self::Branch(branch) => write!(f, "the branch {branch} decides the stream"),
            Self::Virtual(asked) => {
                write!(f, "it is the newest stream that stands for {asked}, which the document names")
            }
            Self::Named(others) if others.is_empty() => f.write_str("the document names this stream"),
            Self::Named(others) => {
                write!(f, "the document names this stream, and {} for builds of their own", list(others))
            }
            Self::Every(except) if except.is_empty() => {
                f.write_str("the document takes every stream that can be built against")
            }
            Self::Every(except) => {
                write!(f, "the document takes every stream that can be built against except {}", list(except))
            }
            Self::RequiredBy(builds) => {
                let builds: Vec<_> = builds.iter().map(ToString::to_string).collect();
                write!(f, "{} requires it at run time", builds.join(", "))
            }
        }
    }
}

/// Everything that rules follow from.
pub(super) struct Rules<'a> {
    /// The document before overrides.
    pub source: &'a ModuleStream,
    pub overrides: &'a Overrides,
    pub settings: &'a SubmissionSettings,
    pub lookup: &'a Lookup<'a>,
    pub chosen: &'a [Nsvc],
}

impl Rules<'_> {
    pub(super) fn of(&self, nsvc: &Nsvc) -> Rule {
        let blocks = self.source.dependencies.iter().filter_map(|block| block.buildrequires.get(&nsvc.name));
        let blocks: Vec<&BTreeSet<String>> = blocks.collect();
        if blocks.is_empty() {
            return Rule::RequiredBy(self.requiring(nsvc));
        }
        if self.overrides.buildrequires.contains_key(&nsvc.name) {
            return Rule::Override;
        }
        let by_branch = overrides::by_branch(self.overrides, self.settings).filter(|stream| !stream.is_empty());
        if nsvc.name == self.settings.br_stream_override_module && by_branch.is_some() {
            return Rule::Branch(self.overrides.branch.clone().unwrap_or_default());
        }
        if let Some(streams) = blocks.iter().find(|streams| streams.contains(&nsvc.stream)) {
            let others = streams.iter().filter(|stream| **stream != nsvc.stream && !stream.starts_with('-'));
            return Rule::Named(others.cloned().collect());
        }
        let virtual_name = blocks.iter().flat_map(|streams| streams.iter()).find(|asked| self.stands_for(nsvc, asked));
        if let Some(asked) = virtual_name {
            return Rule::Virtual(asked.clone());
        }
        let except = blocks.iter().flat_map(|streams| streams.iter()).filter_map(|stream| stream.strip_prefix('-'));
        Rule::Every(except.map(str::to_owned).collect())
    }

    fn stands_for(&self, nsvc: &Nsvc, virtual_stream: &str) -> bool {
        let mut builds = self.lookup.builds(&nsvc.name, BuildState::Ready);
        builds.any(|build| build.nsvc.stream == nsvc.stream && build.virtual_streams.contains(virtual_stream))
    }

    /// Other modules that are built against, and require this one at run time.
    fn requiring(&self, nsvc: &Nsvc) -> Vec<Nsvc> {
        let requires = |other: &&Nsvc| {
            let mut builds = self.lookup.builds(&other.name, BuildState::Ready);
            let document = builds.find(|build| build.nsvc == **other).and_then(|build| self.lookup.document(build));
            let mut blocks = document.into_iter().flat_map(|document| &document.dependencies);
            blocks.any(|block| block.requires.contains_key(&nsvc.name))
        };
        self.chosen.iter().filter(requires).cloned().collect()
    }
}
