//! The base modules that a document is built against, and those that are compatible with them.

use std::collections::HashSet;

use super::index::{BuildState, KnownBuild};
use super::lookup::{newest, version};
use super::{ExpandError, ExpandSettings, Lookup, Streams};
use crate::version::{stream_version, version_prefix};
use crate::yaml::Node;

/// Base modules; the same `name:stream` is in here once.
#[derive(Default)]
pub(crate) struct BaseModules<'a> {
    /// Those that can be built against.
    pub ready: Vec<&'a KnownBuild>,
    /// Retired ones. Modules that were built against them can still be built against.
    pub garbage: Vec<&'a KnownBuild>,
}

/// The base modules of all blocks. Of each block the first base module that it buildrequires counts.
pub(crate) fn find<'a>(
    blocks: &[Streams],
    lookup: &Lookup<'a>,
    settings: &ExpandSettings,
) -> Result<BaseModules<'a>, ExpandError> {
    let mut found = BaseModules::default();
    let mut seen = HashSet::new();
    let mut missing = Vec::new();
    for block in blocks {
        let base = settings.base_module_names.iter().find_map(|name| Some((name, block.get(name)?)));
        let Some((name, streams)) = base else {
            continue;
        };
        let mut streams: Vec<_> = streams.iter().collect();
        let number = |stream: &str| stream_version(stream, &settings.stream_suffixes).unwrap_or(0.0);
        // Newest first: the older ones are mostly compatible with it and need no look of their own.
        streams.sort_by(|a, b| number(b).total_cmp(&number(a)));
        for stream in streams {
            if seen.contains(&(name.clone(), stream.clone())) {
                continue;
            }
            match exact(name, stream, lookup) {
                Some(base) => add_with_compatible(base, &mut found, &mut seen, lookup, settings)?,
                None => missing.push(format!("{name}:{stream}")),
            }
        }
    }
    if found.ready.is_empty() {
        let choices = settings.base_module_names.join(" or ");
        return Err(ExpandError::NoBaseModule { choices, missing });
    }
    Ok(found)
}

fn exact<'a>(name: &str, stream: &str, lookup: &Lookup<'a>) -> Option<&'a KnownBuild> {
    let ready = lookup.builds(name, BuildState::Ready);
    newest(ready.filter(|build| build.nsvc.stream == stream)).first().copied()
}

fn add_with_compatible<'a>(
    base: &'a KnownBuild,
    found: &mut BaseModules<'a>,
    seen: &mut HashSet<(String, String)>,
    lookup: &Lookup<'a>,
    settings: &ExpandSettings,
) -> Result<(), ExpandError> {
    let mut add = |build: &'a KnownBuild, to: &mut Vec<&'a KnownBuild>| {
        if seen.insert((build.nsvc.name.clone(), build.nsvc.stream.clone())) {
            to.push(build);
        }
    };
    add(base, &mut found.ready);
    let virtual_streams = virtual_streams(base, lookup);
    if virtual_streams.is_empty() {
        return Ok(());
    }
    let limit = if settings.only_compatible_base_modules { Some(xyz(base, settings)?) } else { None };
    for build in compatible(base, BuildState::Ready, &virtual_streams, limit, lookup) {
        add(build, &mut found.ready);
    }
    if limit.is_none() {
        for build in compatible(base, BuildState::Garbage, &virtual_streams, limit, lookup) {
            add(build, &mut found.garbage);
        }
    }
    Ok(())
}

/// `xmd.mbs.virtual_streams` of a base module.
pub(super) fn virtual_streams<'a>(build: &KnownBuild, lookup: &Lookup<'a>) -> Vec<&'a str> {
    let document = lookup.document(build);
    let list = document.and_then(|document| document.mbs()?.get("virtual_streams")).and_then(Node::as_list);
    list.unwrap_or_default().iter().filter_map(Node::as_str).collect()
}

/// The number of the base module's stream, which has to have minor releases.
fn xyz(base: &KnownBuild, settings: &ExpandSettings) -> Result<f64, ExpandError> {
    let suffixes = &settings.stream_suffixes;
    let number = version_prefix(&base.nsvc.stream, suffixes).unwrap_or(0.0);
    if float(number).len() < XYZ_LENGTH {
        return Err(ExpandError::NotXyz { name: base.nsvc.name.clone(), stream: base.nsvc.stream.clone() });
    }
    Ok(stream_version(&base.nsvc.stream, suffixes).unwrap_or(number))
}

/// Numbers of streams with minor releases are at least this long when written with their decimals (`801.0`).
pub(super) const XYZ_LENGTH: usize = 5;

/// A number as the Python service writes it, which decides how versions of base modules compare: `28.0`, `1e+21`.
pub(super) fn float(number: f64) -> String {
    let text = format!("{number:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
        _ => text,
    }
}

/// Builds in this state with a virtual stream in common, of every stream the newest version. With a limit, only streams of the
/// same major release up to it.
fn compatible<'a>(
    base: &KnownBuild,
    state: BuildState,
    virtual_streams: &[&str],
    limit: Option<f64>,
    lookup: &Lookup<'a>,
) -> Vec<&'a KnownBuild> {
    let within = |build: &KnownBuild| match limit.filter(|limit| *limit != 0.0) {
        None => true,
        Some(limit) => build
            .stream_version
            .is_some_and(|number| number <= limit && number >= (limit / 10_000.0).floor() * 10_000.0),
    };
    let shares = |build: &KnownBuild| virtual_streams.iter().any(|stream| build.virtual_streams.contains(*stream));
    let mut builds: Vec<_> =
        lookup.builds(&base.nsvc.name, state).filter(|build| within(build) && shares(build)).collect();
    builds.sort_by_key(|build| std::cmp::Reverse(version(build)));
    let all = builds.clone();
    builds.retain(|build| {
        let of_stream = all.iter().find(|b| b.nsvc.stream == build.nsvc.stream);
        of_stream.is_some_and(|newest| newest.nsvc.version == build.nsvc.version)
    });
    builds
}
