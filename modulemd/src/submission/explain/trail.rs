//! From the streams of the document to those that are built against, with every step that changed them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::expansion::Lookup;
use crate::stream::Dependencies;
use crate::submission::releases::{self, Becomes};
use crate::submission::{Overrides, SubmissionSettings, overrides, virtual_streams};
use crate::{ModuleStream, Nsvc};

/// Who said which streams to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The dependencies of the document.
    Document,
    /// The dependencies of a static context.
    StaticContext,
    /// `buildrequire_overrides` of the request.
    Request,
    /// This branch of the submission, by `BR_STREAM_OVERRIDE_REGEXES`.
    Branch(String),
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document => f.write_str("the document"),
            Self::StaticContext => f.write_str("the static context"),
            Self::Request => f.write_str("the request (in place of the document)"),
            Self::Branch(branch) => write!(f, "the branch {branch} (in place of the document)"),
        }
    }
}

/// One dependency block.
#[derive(Debug)]
pub(super) struct Block {
    /// The modules that it buildrequires.
    pub entries: BTreeMap<String, Entry>,
}

/// The streams of one buildrequired module.
#[derive(Debug)]
pub(super) struct Entry {
    pub by: By,
    pub asked: Vec<Asked>,
    /// Streams that the builds of the block are built against.
    pub taken: BTreeSet<String>,
}

impl Block {
    /// Notes what one of its builds is built against.
    pub(super) fn take(&mut self, chosen: Vec<Nsvc>) {
        for nsvc in chosen {
            if let Some(entry) = self.entries.get_mut(&nsvc.name) {
                entry.taken.insert(nsvc.stream);
            }
        }
    }
}

/// One stream on its way.
#[derive(Debug)]
pub(super) struct Asked {
    /// As it is written, also with a `-`.
    pub written: String,
    /// What it stands for; the same unless it is virtual.
    pub real: String,
    /// The release that is out, if that changed it.
    pub release: Option<String>,
    /// What it is in the end.
    pub stream: String,
}

impl Entry {
    /// Streams that are excluded, without the sign.
    pub(super) fn excluded(&self) -> BTreeSet<String> {
        self.asked.iter().filter_map(|asked| asked.stream.strip_prefix('-')).map(str::to_owned).collect()
    }

    /// Streams that are named.
    pub(super) fn named(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(|asked| !asked.stream.starts_with('-'))
    }

    /// Whether no stream is named, which stands for all but the excluded ones.
    pub(super) fn takes_all(&self) -> bool {
        self.named().next().is_none()
    }

    fn allows(&self, stream: &str) -> bool {
        let named = self.named().any(|asked| asked.stream == stream);
        named || self.takes_all() && !self.excluded().contains(stream)
    }
}

/// The blocks of a document, as they are expanded.
pub(super) fn blocks(
    source: &ModuleStream,
    by: &By,
    overrides: &Overrides,
    settings: &SubmissionSettings,
    lookup: &Lookup<'_>,
) -> Vec<Block> {
    let entry = |(module, streams): (&String, &BTreeSet<String>)| {
        let (by, written) = written(module, streams, by, overrides, settings);
        let follow = |written| follow(module, written, overrides, settings, lookup);
        (module.clone(), Entry { by, asked: written.into_iter().map(follow).collect(), taken: BTreeSet::new() })
    };
    let block = |block: &Dependencies| Block { entries: block.buildrequires.iter().map(entry).collect() };
    source.dependencies.iter().map(block).collect()
}

/// Who has the last word about a module, and what it is.
fn written(
    module: &str,
    streams: &BTreeSet<String>,
    by: &By,
    overrides: &Overrides,
    settings: &SubmissionSettings,
) -> (By, BTreeSet<String>) {
    let by_branch = overrides::by_branch(overrides, settings).filter(|stream| !stream.is_empty());
    match by_branch.filter(|_| module == settings.br_stream_override_module) {
        Some(stream) => (By::Branch(overrides.branch.clone().unwrap_or_default()), BTreeSet::from([stream])),
        None => match overrides.buildrequires.get(module) {
            Some(streams) => (By::Request, streams.iter().cloned().collect()),
            None => (by.clone(), streams.clone()),
        },
    }
}

fn follow(
    module: &str,
    written: String,
    overrides: &Overrides,
    settings: &SubmissionSettings,
    lookup: &Lookup<'_>,
) -> Asked {
    let is_base = settings.expansion.base_module_names.iter().any(|base| base == module);
    let real = if is_base { virtual_streams::real_stream(module, &written, lookup) } else { written.clone() };
    match releases::becomes(module, &real, overrides, settings) {
        Becomes::Suffixed { stream, release } => Asked { written, real, release: Some(release), stream },
        Becomes::Same | Becomes::Unclear(_) => Asked { written, stream: real.clone(), real, release: None },
    }
}

/// The block that a build comes from: the first of those with the same modules that allows its streams. An expanded document has
/// its own block last.
pub(super) fn block_of(blocks: &[Block], build: &ModuleStream) -> Option<usize> {
    let own = &build.dependencies.last()?.buildrequires;
    let comes_from = |Block { entries }: &Block| {
        entries.len() == own.len()
            && entries.iter().all(|(module, entry)| {
                own.get(module).is_some_and(|streams| streams.iter().all(|stream| entry.allows(stream)))
            })
    };
    blocks.iter().position(comes_from)
}
