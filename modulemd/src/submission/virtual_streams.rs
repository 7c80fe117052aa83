//! Virtual streams of base modules: `platform:el8` stands for the newest minor release.

use std::collections::BTreeSet;

use crate::ModuleStream;
use crate::expansion::{BuildState, Lookup, version};

/// Replaces virtual streams of buildrequired base modules by the newest stream that has them. What is required at run time stays.
/// A stream that neither exists nor is virtual stays as well, and is missed later. A block that changes moves behind those that
/// do not.
pub(super) fn resolve(document: &mut ModuleStream, base_modules: &[String], lookup: &Lookup<'_>) {
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    for mut block in std::mem::take(&mut document.dependencies) {
        let mut changes = false;
        for name in base_modules {
            let Some(streams) = block.buildrequires.get_mut(name) else {
                continue;
            };
            let real: BTreeSet<String> = streams.iter().map(|stream| real_stream(name, stream, lookup)).collect();
            changes |= real != *streams;
            *streams = real;
        }
        if changes { &mut moved } else { &mut kept }.push(block);
    }
    document.dependencies = kept.into_iter().chain(moved).collect();
}

/// The stream that a stream of a base module stands for; itself where it is none.
pub(super) fn real_stream(name: &str, stream: &str, lookup: &Lookup<'_>) -> String {
    let exists = || lookup.builds(name, BuildState::Ready).any(|build| build.nsvc.stream == stream);
    if stream.starts_with('-') || exists() {
        return stream.to_owned();
    }
    let having = lookup.builds(name, BuildState::Ready);
    let newest = having.filter(|build| build.virtual_streams.contains(stream)).max_by(|a, b| {
        let number = |version: Option<f64>| version.unwrap_or(f64::NEG_INFINITY);
        let by_stream = number(a.stream_version).total_cmp(&number(b.stream_version));
        // Of equals the first counts, and this takes the last.
        by_stream.then(version(a).cmp(&version(b))).then(b.id.cmp(&a.id))
    });
    newest.map_or_else(|| stream.to_owned(), |build| build.nsvc.stream.clone())
}
