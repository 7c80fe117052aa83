//! Which streams `[]` and `-stream` stand for.

use std::collections::BTreeSet;

use super::index::BuildState;
use super::{ExpandError, ExpandSettings, Lookup, Streams};
use crate::ModuleStream;

/// The buildrequires of every dependency block with the streams that they stand for.
pub(super) fn expanded_buildrequires(
    document: &ModuleStream,
    lookup: &Lookup<'_>,
    settings: &ExpandSettings,
) -> Result<Vec<Streams>, ExpandError> {
    let mut blocks = Vec::new();
    for block in &document.dependencies {
        // What is required at run time stays as it is, but must not leave a choice where none is allowed.
        for (name, streams) in block.requires.iter().filter(|_| settings.refuse_choices) {
            expanded(name, streams, lookup, settings)?;
        }
        let mut streams_of = Streams::new();
        for (name, streams) in &block.buildrequires {
            // Everything is asked for at once.
            lookup.rows(name);
            streams_of.insert(name.clone(), expanded(name, streams, lookup, settings)?);
        }
        blocks.push(streams_of);
    }
    Ok(blocks)
}

/// Streams without a sign are taken as they are, and then those with `-` have no meaning. Only `-` streams, or none at all,
/// stand for all streams that have a ready build, except those.
pub(super) fn expanded(
    name: &str,
    streams: &BTreeSet<String>,
    lookup: &Lookup<'_>,
    settings: &ExpandSettings,
) -> Result<BTreeSet<String>, ExpandError> {
    let default = settings.default_streams.get(name);
    let excludes = streams.iter().all(|stream| stream.starts_with('-'));
    let expanded = if !excludes {
        let named = streams.iter().filter(|stream| !stream.starts_with('-'));
        named.cloned().collect()
    } else if let Some(stream) = default {
        if streams.contains(&format!("-{stream}")) {
            return Err(ExpandError::DefaultExcluded { name: name.to_owned(), stream: stream.clone() });
        }
        BTreeSet::from([stream.clone()])
    } else if settings.refuse_choices {
        return Err(choice(name, &BTreeSet::new()));
    } else {
        let mut all = existing(name, lookup, settings);
        all.retain(|stream| !streams.contains(&format!("-{stream}")));
        all
    };
    match default {
        Some(stream) if expanded.len() > 1 => Ok(BTreeSet::from([stream.clone()])),
        None if expanded.len() > 1 && settings.refuse_choices => Err(choice(name, &expanded)),
        _ => Ok(expanded),
    }
}

fn existing(name: &str, lookup: &Lookup<'_>, settings: &ExpandSettings) -> BTreeSet<String> {
    let is_base = settings.base_module_names.iter().any(|base| base == name);
    lookup
        .builds(name, BuildState::Ready)
        .map(|build| build.nsvc.stream.clone())
        .filter(|stream| !is_base || !settings.base_module_stream_exclusions.contains(stream))
        .collect()
}

fn choice(name: &str, streams: &BTreeSet<String>) -> ExpandError {
    ExpandError::Choice { name: name.to_owned(), streams: streams.iter().cloned().collect() }
}
