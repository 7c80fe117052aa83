//! Streams and builds that were not taken.

use std::collections::{BTreeMap, BTreeSet};

use super::trail::{Block, Entry};
use super::{Known, Reason};
use crate::Nsvc;
use crate::expansion::{BuildState, KnownBuild, version};

/// A stream of a buildrequired module, or a newer build of the stream that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its newest build; the newest ready one, if there is any.
    pub nsvc: Nsvc,
    /// Why.
    pub reason: Reason,
}

impl Known<'_> {
    /// Of every module of the block: each other stream, and a newer build of the stream that was taken.
    pub(super) fn left_out(&self, block: &Block, chosen: &[Nsvc], exists: bool) -> Vec<LeftOut> {
        let bases: BTreeSet<i64> = self.bases(chosen).filter_map(|base| Some(self.row(base)?.id)).collect();
        let mut left_out = Vec::new();
        for (name, entry) in &block.entries {
            let own = chosen.iter().find(|nsvc| nsvc.name == *name);
            for (stream, newest) in newest_of_streams(self.lookup.rows(name), own, &bases) {
                let reason = match own {
                    Some(own) if own.stream == stream => self.newer(newest, own, chosen, exists),
                    _ => Some(self.other_stream(newest, entry, chosen)),
                };
                left_out.extend(reason.map(|reason| LeftOut { nsvc: newest.nsvc.clone(), reason }));
            }
        }
        left_out
    }

    /// Something newer than what was taken of its stream.
    fn newer(&self, newest: &KnownBuild, taken: &Nsvc, chosen: &[Nsvc], exists: bool) -> Option<Reason> {
        let is_newer = version(newest) > taken.version.parse().unwrap_or(0);
        is_newer.then(|| match newest.state {
            BuildState::Ready if exists => Reason::Kept,
            BuildState::Ready => self.does_not_fit(newest, chosen),
            state => Reason::NotReady(state),
        })
    }

    fn other_stream(&self, newest: &KnownBuild, entry: &Entry, chosen: &[Nsvc]) -> Reason {
        let Nsvc { name, stream, .. } = &newest.nsvc;
        if let Some(reason) = not_asked_for(newest, entry) {
            return reason;
        }
        let expansion = &self.settings.expansion;
        if newest.state != BuildState::Ready {
            Reason::NotReady(newest.state)
        } else if entry.takes_all() && self.is_base(name) && expansion.base_module_stream_exclusions.contains(stream) {
            Reason::ExcludedByOperator
        } else if entry.taken.contains(stream) {
            Reason::OtherBuild
        } else if expansion.default_streams.contains_key(name) {
            Reason::NotDefault
        } else {
            self.does_not_fit(newest, chosen)
        }
    }

    /// Why a build that is ready and asked for cannot be built against.
    fn does_not_fit(&self, build: &KnownBuild, chosen: &[Nsvc]) -> Reason {
        if !self.is_base(&build.nsvc.name) {
            let bases = self.bases_of(build);
            if !self.bases(chosen).any(|base| bases.contains(base)) {
                let names: BTreeSet<_> = bases.iter().map(|base| format!("{}:{}", base.name, base.stream)).collect();
                return Reason::OtherBaseModule(names.into_iter().collect());
            }
        }
        self.conflict(build, chosen).map_or(Reason::NoCombination, Reason::Conflict)
    }

    /// What the build requires and another one is not, or the other way round.
    fn conflict(&self, build: &KnownBuild, chosen: &[Nsvc]) -> Option<String> {
        let others = || chosen.iter().filter(|other| other.name != build.nsvc.name);
        let own = others().find_map(|other| {
            let streams = self.requires_other_than(build, other)?;
            Some(format!("it requires {}:{streams}, and {}:{} is built against", other.name, other.name, other.stream))
        });
        own.or_else(|| {
            others().find_map(|other| {
                let streams = self.requires_other_than(self.row(other)?, &build.nsvc)?;
                Some(format!("{}:{} requires {}:{streams}", other.name, other.stream, build.nsvc.name))
            })
        })
    }

    /// The streams of `other`'s module that a build requires at run time, if the stream of `other` is none of them.
    fn requires_other_than(&self, build: &KnownBuild, other: &Nsvc) -> Option<String> {
        let document = self.lookup.document(build)?;
        let blocks = document.dependencies.iter().filter_map(|block| block.requires.get(&other.name));
        let blocks: Vec<&BTreeSet<String>> = blocks.collect();
        let allows = |streams: &BTreeSet<String>| {
            let takes_all = streams.iter().all(|stream| stream.starts_with('-'));
            streams.contains(&other.stream) || takes_all && !streams.contains(&format!("-{}", other.stream))
        };
        if blocks.is_empty() || blocks.iter().any(|streams| allows(streams)) {
            return None;
        }
        let streams: BTreeSet<&str> = blocks.into_iter().flatten().map(String::as_str).collect();
        Some(streams.into_iter().collect::<Vec<_>>().join(" or "))
    }
}

/// Why a stream is not among those that are asked for; `None` if it is.
fn not_asked_for(newest: &KnownBuild, entry: &Entry) -> Option<Reason> {
    let stream = &newest.nsvc.stream;
    if entry.takes_all() {
        return entry.excluded().contains(stream).then(|| Reason::Excluded(entry.by.clone()));
    }
    if entry.named().any(|asked| asked.stream == *stream) {
        return None;
    }
    let released = entry.named().find(|asked| asked.real == *stream);
    if let Some(release) = released.and_then(|asked| asked.release.clone()) {
        return Some(Reason::Released(release));
    }
    let is_virtual = |written: &&String| newest.virtual_streams.contains(*written);
    let mut written = entry.named().filter(|asked| asked.written != asked.real).map(|asked| &asked.written);
    match written.find(is_virtual).filter(|_| newest.state == BuildState::Ready) {
        Some(written) => Some(Reason::OlderThanTaken(written.clone())),
        None => Some(Reason::NotNamed(entry.by.clone())),
    }
}

/// The newest build of each stream, scratch builds aside; a ready one, if there is any. Of streams that were not taken rather one
/// that was built against these base modules.
fn newest_of_streams<'r>(
    rows: &'r [KnownBuild],
    own: Option<&Nsvc>,
    bases: &BTreeSet<i64>,
) -> BTreeMap<String, &'r KnownBuild> {
    let order = |build: &KnownBuild| {
        let fits = own.is_none_or(|own| own.stream != build.nsvc.stream) && !build.base_modules.is_disjoint(bases);
        (build.state == BuildState::Ready, fits, version(build), build.id)
    };
    let mut newest: BTreeMap<String, &KnownBuild> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.scratch) {
        let known = newest.entry(row.nsvc.stream.clone()).or_insert(row);
        if order(row) > order(known) {
            *known = row;
        }
    }
    newest
}
