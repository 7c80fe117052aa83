//! Components in batches: each batch waits for all of the one before.

use std::collections::{BTreeMap, HashMap};

use super::waits::{Unmet, incomplete};
use super::{Action, Component, Progress, Snapshot, is_complete, submit, waits_for};

/// Batches that are complete already (after a resume, or taken over) are passed over.
pub(super) fn plan(build: &Snapshot) -> Vec<Action> {
    let Some((batch, members)) = unfinished(build) else {
        return vec![Action::Finalize];
    };
    if batch > build.batch { start(build, batch, &members) } else { go_on(build, &members) }
}

/// The first batch that is not complete, with its components.
fn unfinished(build: &Snapshot) -> Option<(i32, Vec<&Component>)> {
    let mut batches: BTreeMap<i32, Vec<&Component>> = BTreeMap::new();
    for component in &build.components {
        batches.entry(component.batch).or_default().push(component);
    }
    batches.into_iter().find(|(_, members)| !members.iter().all(|component| is_complete(component)))
}

/// Everything before the batch that is worked on.
pub(super) fn next_repository(build: &Snapshot) -> Vec<i32> {
    let batch = unfinished(build).map_or(i32::MAX, |(batch, _)| batch);
    build.components.iter().filter(|component| component.batch < batch).map(|component| component.id).collect()
}

fn start(build: &Snapshot, batch: i32, members: &[&Component]) -> Vec<Action> {
    let mut earlier = build.components.iter().filter(|component| component.batch < batch);
    if earlier.any(|component| component.progress == Progress::Complete { in_repository: false }) {
        return vec![Action::RegenerateRepository];
    }
    let mut actions = vec![Action::StartBatch { batch }];
    actions.extend(go_on(build, members));
    actions
}

fn go_on(build: &Snapshot, members: &[&Component]) -> Vec<Action> {
    let running = members.iter().any(|component| component.progress == Progress::Building);
    let waiting: Vec<&Component> = members.iter().copied().filter(|one| one.progress == Progress::Waiting).collect();
    if waiting.is_empty() && !running {
        return vec![Action::Fail];
    }
    let submits = submit(waiting.clone(), build.free_slots);
    if submits.is_empty() { vec![Action::Wait(waits_for(running, &waiting))] } else { submits }
}

/// What keeps components from being started, by their ids: the unfinished ones of the batch that comes last before theirs.
pub(super) fn unmet(build: &Snapshot) -> HashMap<i32, Unmet> {
    let Some((current, _)) = unfinished(build) else { return HashMap::new() };
    let mut batches: BTreeMap<i32, Vec<&Component>> = BTreeMap::new();
    for component in &build.components {
        batches.entry(component.batch).or_default().push(component);
    }
    let not_yet = Progress::Complete { in_repository: false };
    let behind = build.components.iter().any(|one| one.batch < current && one.progress == not_yet);
    let (mut unmet, mut before) = (HashMap::new(), Vec::new());
    for (batch, members) in batches {
        let what = match (before.is_empty(), batch == current && current > build.batch && behind) {
            (false, _) => Some(Unmet::Components(before.clone())),
            (true, true) => Some(Unmet::Repository),
            (true, false) => None,
        };
        unmet.extend(members.iter().filter_map(|one| Some((one.id, what.clone()?))));
        let left = incomplete(members);
        // A batch that was taken over as a whole is passed over; what is behind it waits for the same as it.
        before = if left.is_empty() { before } else { left };
    }
    unmet
}
