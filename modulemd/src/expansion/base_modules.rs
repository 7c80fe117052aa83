//! The base modules that a document is built against, and those that are compatible with them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::index::{BuildState, KnownBuild};
use super::lookup::{newest, version};
use super::{ExpandError, ExpandSettings, Lookup, Streams};
use crate::version::{stream_version, version_prefix};
use crate::yaml::Node;

/// Base modules; the same `name:stream` is in here once.
#[derive(Default)]
pub(super) struct BaseModules<'a> {
    /// Those that can be built against.
    pub ready: Vec<&'a KnownBuild>,
    /// Retired ones. Modules that were built against them can still be built against.
    pub garbage: Vec<&'a KnownBuild>,
}

/// The base modules of all blocks. Of each block the first base module that it buildrequires counts.
pub(super) fn find<'a>(
    blocks: &[Streams],
    lookup: &Lookup<'a>,
    settings: &ExpandSettings,
) -> Result<BaseModules<'a>, ExpandError> {
    let mut found = BaseModules::default();
    let mut seen = HashSet::new();
    let mut missing = Vec::new();
    let mut families = Families::default();
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
                Some(base) => add_with_compatible(base, &mut found, &mut seen, &mut families, (lookup, settings))?,
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
    newest(lookup.builds_of_stream(name, stream, BuildState::Ready)).first().copied()
}

/// A base module with those that are compatible with it.
pub(super) fn with_compatible<'a>(
    base: &'a KnownBuild,
    lookup: &Lookup<'a>,
    settings: &ExpandSettings,
) -> Result<BaseModules<'a>, ExpandError> {
    let mut found = BaseModules::default();
    let (mut seen, mut families) = (HashSet::new(), Families::default());
    add_with_compatible(base, &mut found, &mut seen, &mut families, (lookup, settings))?;
    Ok(found)
}

fn add_with_compatible<'a>(
    base: &'a KnownBuild,
    found: &mut BaseModules<'a>,
    seen: &mut HashSet<(String, String)>,
    families: &mut Families<'a>,
    (lookup, settings): (&Lookup<'a>, &ExpandSettings),
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
    for build in families.compatible(base, BuildState::Ready, &virtual_streams, limit, lookup) {
        add(build, &mut found.ready);
    }
    if limit.is_none() {
        for build in families.compatible(base, BuildState::Garbage, &virtual_streams, limit, lookup) {
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

/// Base modules by name, state and virtual stream, those with the smallest number first; filled in where they are needed.
#[derive(Default)]
struct Families<'a>(HashMap<(String, &'static str), HashMap<&'a str, Vec<&'a KnownBuild>>>);

impl<'a> Families<'a> {
    /// Builds in this state with a virtual stream in common, of every stream the newest version. With a limit, only streams of
    /// the same major release up to it.
    fn compatible(
        &mut self,
        base: &KnownBuild,
        state: BuildState,
        virtual_streams: &[&str],
        limit: Option<f64>,
        lookup: &Lookup<'a>,
    ) -> Vec<&'a KnownBuild> {
        let key = (base.nsvc.name.clone(), state.name());
        let families = self.0.entry(key).or_insert_with(|| families(&base.nsvc.name, state, lookup));
        let mut builds: BTreeMap<(Reverse<u64>, i64), &KnownBuild> = BTreeMap::new();
        for family in virtual_streams.iter().filter_map(|stream| families.get(stream)) {
            let within = match limit.filter(|limit| *limit != 0.0) {
                None => 0..family.len(),
                Some(limit) => {
                    let least = (limit / 10_000.0).floor() * 10_000.0;
                    let first = family.partition_point(|build| number(build) < least);
                    first..family.partition_point(|build| number(build) <= limit).max(first)
                }
            };
            builds.extend(family[within].iter().map(|build| ((Reverse(version(build)), build.id), *build)));
        }
        let mut newest: HashMap<&str, &str> = HashMap::new();
        let mut builds: Vec<&KnownBuild> = builds.into_values().collect();
        builds.retain(|build| {
            let version = build.nsvc.version.as_str();
            *newest.entry(build.nsvc.stream.as_str()).or_insert(version) == version
        });
        builds
    }
}

fn families<'a>(name: &str, state: BuildState, lookup: &Lookup<'a>) -> HashMap<&'a str, Vec<&'a KnownBuild>> {
    let mut families: HashMap<&str, Vec<&KnownBuild>> = HashMap::new();
    for build in lookup.builds(name, state) {
        for stream in &build.virtual_streams {
            families.entry(stream).or_default().push(build);
        }
    }
    for family in families.values_mut() {
        family.sort_by(|a, b| number(a).total_cmp(&number(b)));
    }
    families
}

fn number(build: &KnownBuild) -> f64 {
    build.stream_version.unwrap_or(f64::NEG_INFINITY)
}
