//! Streams of dependencies that the request or the branch decides.

use std::collections::{BTreeMap, BTreeSet};

use super::{Overrides, SubmissionError, SubmissionSettings};
use crate::ModuleStream;
use crate::stream::Dependencies;

type Streams = BTreeMap<String, Vec<String>>;

/// Replaces streams in every block that names the module. A block that changes moves behind those that do not.
pub(super) fn apply(
    document: &mut ModuleStream,
    overrides: &Overrides,
    settings: &SubmissionSettings,
) -> Result<(), SubmissionError> {
    let mut buildrequires = overrides.buildrequires.clone();
    let by_branch = by_branch(overrides, settings);
    if let Some(stream) = by_branch.as_ref().filter(|stream| !stream.is_empty()) {
        let module = settings.br_stream_override_module.clone();
        buildrequires.insert(module, vec![stream.clone()]);
    }
    let mut unused = (names(&buildrequires), names(&overrides.requires));
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    for mut block in std::mem::take(&mut document.dependencies) {
        let changes = replace(&mut block.buildrequires, &buildrequires, &mut unused.0)
            | replace(&mut block.requires, &overrides.requires, &mut unused.1);
        if changes { &mut moved } else { &mut kept }.push(block);
    }
    document.dependencies = kept.into_iter().chain(moved).collect::<Vec<Dependencies>>();
    if by_branch.is_some() {
        // Nobody asked for this one, so it need not apply.
        unused.0.remove(settings.br_stream_override_module.as_str());
    }
    for (kind, names) in [("buildrequire", unused.0), ("require", unused.1)] {
        if !names.is_empty() {
            let names = names.into_iter().map(str::to_owned).collect();
            return Err(SubmissionError::NotApplicable { kind, names });
        }
    }
    Ok(())
}

/// The stream in the branch if the branch matches; empty where the groups that match are.
pub(super) fn by_branch(overrides: &Overrides, settings: &SubmissionSettings) -> Option<String> {
    let module = &settings.br_stream_override_module;
    let branch = overrides.branch.as_ref().filter(|branch| !branch.is_empty())?;
    let asked_for = overrides.buildrequires.get(module);
    if module.is_empty() || asked_for.is_some_and(|streams| !streams.is_empty()) {
        return None;
    }
    let mut matches = settings.br_stream_override_regexes.iter();
    let found = matches.find_map(|pattern| pattern.captures(branch))?;
    let groups = found.iter().skip(1).flatten().map(|group| group.as_str());
    Some(groups.collect())
}

fn names(overrides: &Streams) -> BTreeSet<&str> {
    overrides.keys().map(String::as_str).collect()
}

/// True if an override was for one of the modules.
fn replace<'a>(
    block: &mut BTreeMap<String, BTreeSet<String>>,
    overrides: &'a Streams,
    unused: &mut BTreeSet<&'a str>,
) -> bool {
    let mut changes = false;
    for (name, streams) in overrides {
        if let Some(entry) = block.get_mut(name) {
            *entry = streams.iter().cloned().collect();
            unused.remove(name.as_str());
            changes = true;
        }
    }
    changes
}
