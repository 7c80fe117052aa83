//! Components in batches: each batch waits for all of the one before.

use std::collections::BTreeMap;

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
