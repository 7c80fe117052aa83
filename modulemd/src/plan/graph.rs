//! Components in a graph: each starts when what it needs is in the repository, whatever the others do.
//!
//! One repository is made at a time, and only where a component waits for it. What becomes complete meanwhile goes into the next
//! one together. A component that failed stops only what needs it: the rest is built to its end before the build fails.

use std::collections::HashMap;

use super::waits::Unmet;
use super::{Action, Component, Progress, Snapshot, is_complete, submit, waits_for};

/// What stands between a component that waits and its build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Nothing: all of it is in the repository.
    Met,
    /// All of it is complete; some of it is in no repository yet.
    Repository,
    /// Some of it is not complete.
    Components,
}

pub(super) fn plan(build: &Snapshot) -> Vec<Action> {
    let Some(batch) = build.components.iter().filter(|one| !is_complete(one)).map(|one| one.batch).min() else {
        return vec![Action::Finalize];
    };
    let settled = settled(build);
    let waiting = build.components.iter().filter(|one| one.progress == Progress::Waiting);
    let waiting: Vec<(&Component, Needs)> = waiting.map(|one| (one, needs(one, &settled))).collect();
    let mut actions = Vec::new();
    if batch > build.batch {
        actions.push(Action::StartBatch { batch });
    }
    let startable: Vec<_> = waiting.iter().filter(|(_, needs)| *needs == Needs::Met).map(|(one, _)| *one).collect();
    actions.extend(submit(startable.clone(), build.free_slots));
    if waiting.iter().any(|(_, needs)| *needs == Needs::Repository) {
        actions.push(Action::RegenerateRepository);
    }
    if actions.iter().any(|action| !matches!(action, Action::StartBatch { .. })) {
        return actions;
    }
    let running = build.components.iter().any(|one| one.progress == Progress::Building);
    let stuck = startable.is_empty() && !running;
    actions.push(if stuck { Action::Fail } else { Action::Wait(waits_for(running, &startable)) });
    actions
}

fn needs(component: &Component, settled: &HashMap<i32, bool>) -> Needs {
    let mut all = Needs::Met;
    for need in component.needs.iter().flatten() {
        match settled.get(need) {
            Some(true) => {}
            Some(false) => all = Needs::Repository,
            None => return Needs::Components,
        }
    }
    all
}

/// What is complete with all that it needs, and whether it is in the repository. Something that was taken over may be complete
/// long before what it needs, and must not be seen before that.
fn settled(build: &Snapshot) -> HashMap<i32, bool> {
    let mut complete: Vec<&Component> = build.components.iter().filter(|one| is_complete(one)).collect();
    // Everything is in a later batch than what it needs.
    complete.sort_by_key(|one| (one.batch, one.id));
    let mut settled = HashMap::with_capacity(complete.len());
    for component in complete {
        if component.needs.iter().flatten().all(|need| settled.contains_key(need)) {
            settled.insert(component.id, component.progress == Progress::Complete { in_repository: true });
        }
    }
    settled
}

pub(super) fn next_repository(build: &Snapshot) -> Vec<i32> {
    let mut inside: Vec<i32> = settled(build).into_keys().collect();
    inside.sort_unstable();
    inside
}

/// What keeps components from being started, by their ids: those of their needs that are missing.
pub(super) fn unmet(build: &Snapshot) -> HashMap<i32, Unmet> {
    let settled = settled(build);
    let unmet = |component: &Component| match needs(component, &settled) {
        Needs::Met => None,
        Needs::Repository => Some(Unmet::Repository),
        Needs::Components => {
            let needs = component.needs.iter().flatten();
            Some(Unmet::Components(needs.filter(|need| !settled.contains_key(need)).copied().collect()))
        }
    };
    build.components.iter().filter_map(|one| Some((one.id, unmet(one)?))).collect()
}
