//! What each component that is not done waits for, by the same rules that the plan goes by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Component, Progress, Snapshot, Stage, batches, graph, is_complete, is_graph};

/// What a component waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Components and commits of the build are looked up.
    Validation,
    /// The build gets its buildroot.
    Buildroot,
    /// These components, which it needs: they are not complete, or wait for others themselves.
    Components(Vec<i32>),
    /// What it needs is complete, and has to get into the repository.
    Repository,
    /// It could start: one of the slots that all builds share has to become free.
    Slot,
    /// The build system, which builds it.
    BuildSystem,
    /// The end of a pause after trouble of the build system.
    Retry,
    /// Nothing that comes: these failed, and it needs them.
    Failed(Vec<i32>),
}

/// What the components of a build wait for, by their ids. Nothing is said of those that are over, and of builds that are.
pub fn waits(build: &Snapshot) -> BTreeMap<i32, Wait> {
    let open = build.components.iter().filter(|one| matches!(one.progress, Progress::Waiting | Progress::Building));
    match build.stage {
        Stage::Init => open.map(|one| (one.id, Wait::Validation)).collect(),
        Stage::Wait => open.map(|one| (one.id, Wait::Buildroot)).collect(),
        Stage::Build => {
            let failures = downstream_of_failures(build);
            let unmet = if is_graph(build) { graph::unmet(build) } else { batches::unmet(build) };
            open.map(|one| (one.id, wait(build, one, &failures, &unmet))).collect()
        }
        Stage::Done | Stage::Ended => BTreeMap::new(),
    }
}

/// What stands between a component and its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unmet {
    /// Components.
    Components(Vec<i32>),
    /// The next repository.
    Repository,
}

fn wait(
    build: &Snapshot,
    component: &Component,
    failures: &BTreeMap<i32, Vec<i32>>,
    unmet: &HashMap<i32, Unmet>,
) -> Wait {
    if component.progress == Progress::Building {
        return Wait::BuildSystem;
    }
    match (failures.get(&component.id), unmet.get(&component.id)) {
        (Some(causes), _) => Wait::Failed(causes.clone()),
        (None, Some(Unmet::Components(ids))) => Wait::Components(ids.clone()),
        (None, Some(Unmet::Repository)) if !build.held_back => Wait::Repository,
        _ if build.held_back || component.held_back => Wait::Retry,
        _ => Wait::Slot,
    }
}

/// Components that wait in vain, with those that failed and that they need, over any number of steps.
pub fn downstream_of_failures(build: &Snapshot) -> BTreeMap<i32, Vec<i32>> {
    if !build.components.iter().any(|one| one.progress == Progress::Failed) {
        return BTreeMap::new();
    }
    let causes = if is_graph(build) { in_graph(build) } else { in_batches(build) };
    let waiting = build.components.iter().filter(|one| one.progress == Progress::Waiting);
    waiting.filter_map(|one| Some((one.id, causes.get(&one.id)?.iter().copied().collect()))).collect()
}

/// Everything of the batches before.
fn in_batches(build: &Snapshot) -> HashMap<i32, BTreeSet<i32>> {
    let failed: Vec<&Component> = build.components.iter().filter(|one| one.progress == Progress::Failed).collect();
    let causes =
        |one: &Component| failed.iter().filter(|cause| cause.batch < one.batch).map(|cause| cause.id).collect();
    let all = build.components.iter().map(|one| (one.id, causes(one)));
    all.filter(|(_, causes): &(_, BTreeSet<_>)| !causes.is_empty()).collect()
}

/// Everything that leads to it. What was complete before it failed to get what it needs counts as well.
fn in_graph(build: &Snapshot) -> HashMap<i32, BTreeSet<i32>> {
    let by_id: HashMap<i32, &Component> = build.components.iter().map(|one| (one.id, one)).collect();
    let mut components: Vec<&Component> = build.components.iter().collect();
    // Everything is in a later batch than what it needs.
    components.sort_by_key(|one| (one.batch, one.id));
    let mut causes: HashMap<i32, BTreeSet<i32>> = HashMap::new();
    for component in components {
        let mut own = BTreeSet::new();
        for need in component.needs.iter().flatten() {
            match by_id.get(need).map(|one| one.progress) {
                Some(Progress::Failed) => own.extend([*need]),
                _ => own.extend(causes.get(need).into_iter().flatten().copied()),
            }
        }
        if !own.is_empty() {
            causes.insert(component.id, own);
        }
    }
    causes
}

/// Those of `needs` that are not complete.
pub(super) fn incomplete<'a>(needs: impl IntoIterator<Item = &'a Component>) -> Vec<i32> {
    needs.into_iter().filter(|one| !is_complete(one)).map(|one| one.id).collect()
}
