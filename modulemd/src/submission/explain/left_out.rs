//! Streams and builds that were not taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::expansion::{BuildState, KnownBuild, Lookup, version};
use crate::submission::SubmissionSettings;
use crate::{ModuleStream, Nsvc};

/// A stream of a buildrequired module, or the newest build of it, that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its newest build.
    pub nsvc: Nsvc,
    /// Why.
    pub reason: Reason,
}

/// Why something was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The document excludes the stream (`-stream`).
    Excluded,
    /// `BASE_MODULE_STREAM_EXCLUSIONS` has the stream.
    ExcludedByOperator,
    /// The document names others.
    NotNamed,
    /// No build of the stream is ready; this is the state of the newest.
    NotReady(BuildState),
    /// It is newer than what was taken, but was not built against any base module of this build.
    OtherBaseModule,
    /// It has a build of its own in this submission, or does not go together with what was taken.
    OtherCombination,
}

impl Reason {
    /// The name for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::ExcludedByOperator => "excluded-by-operator",
            Self::NotNamed => "not-named",
            Self::NotReady(_) => "not-ready",
            Self::OtherBaseModule => "other-base-module",
            Self::OtherCombination => "other-combination",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excluded => f.write_str("the document excludes this stream"),
            Self::ExcludedByOperator => f.write_str("the configuration of the service excludes this stream"),
            Self::NotNamed => f.write_str("the document names other streams"),
            Self::NotReady(state) => write!(f, "it is {}, not ready", state.name()),
            Self::OtherBaseModule => f.write_str("it is newer, but was built against another base module"),
            Self::OtherCombination => {
                f.write_str("it belongs to another combination of streams, or excludes what was taken")
            }
        }
    }
}

/// Of every buildrequired module: each other stream with its newest build, and a newer build of the stream that was taken.
pub(super) fn find(
    source: &ModuleStream,
    chosen: &[Nsvc],
    lookup: &Lookup<'_>,
    settings: &SubmissionSettings,
) -> Vec<LeftOut> {
    let bases = chosen.iter().filter(|nsvc| settings.expansion.base_module_names.contains(&nsvc.name));
    let bases: BTreeSet<i64> =
        bases.filter_map(|base| Some(lookup.rows(&base.name).iter().find(|row| row.nsvc == *base)?.id)).collect();
    let mut left_out = Vec::new();
    for (name, streams) in asked_for(source) {
        let taken = chosen.iter().find(|nsvc| nsvc.name == name);
        for (stream, newest) in newest_of_streams(lookup.rows(&name)) {
            let reason = match taken {
                Some(taken) if taken.stream == stream => newer(newest, taken, &bases),
                _ => Some(other_stream(&name, &stream, newest, &streams, settings)),
            };
            left_out.extend(reason.map(|reason| LeftOut { nsvc: newest.nsvc.clone(), reason }));
        }
    }
    left_out
}

/// Modules that the document buildrequires, with the streams of all blocks.
fn asked_for(source: &ModuleStream) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, streams) in source.dependencies.iter().flat_map(|block| &block.buildrequires) {
        all.entry(name.clone()).or_default().extend(streams.iter().cloned());
    }
    all
}

/// The newest build of each stream, scratch builds aside; a ready one, if there is any.
fn newest_of_streams(rows: &[KnownBuild]) -> BTreeMap<String, &KnownBuild> {
    let mut newest: BTreeMap<String, &KnownBuild> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.scratch) {
        let order = |build: &KnownBuild| (build.state == BuildState::Ready, version(build), build.id);
        let known = newest.entry(row.nsvc.stream.clone()).or_insert(row);
        if order(row) > order(known) {
            *known = row;
        }
    }
    newest
}

/// Something newer than what was taken of its stream.
fn newer(newest: &KnownBuild, taken: &Nsvc, bases: &BTreeSet<i64>) -> Option<Reason> {
    let is_newer = version(newest) > taken.version.parse().unwrap_or(0);
    let reason = match newest.state {
        BuildState::Ready if newest.base_modules.is_disjoint(bases) => Reason::OtherBaseModule,
        BuildState::Ready => Reason::OtherCombination,
        state => Reason::NotReady(state),
    };
    is_newer.then_some(reason)
}

fn other_stream(
    name: &str,
    stream: &str,
    newest: &KnownBuild,
    asked: &BTreeSet<String>,
    settings: &SubmissionSettings,
) -> Reason {
    let expansion = &settings.expansion;
    let takes_all = asked.iter().all(|stream| stream.starts_with('-'));
    let is_base = expansion.base_module_names.iter().any(|base| base == name);
    if asked.contains(&format!("-{stream}")) {
        Reason::Excluded
    } else if !takes_all && !asked.contains(stream) {
        Reason::NotNamed
    } else if newest.state != BuildState::Ready {
        Reason::NotReady(newest.state)
    } else if takes_all && is_base && expansion.base_module_stream_exclusions.iter().any(|excluded| excluded == stream)
    {
        Reason::ExcludedByOperator
    } else {
        Reason::OtherCombination
    }
}
