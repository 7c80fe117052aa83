//! What is due next for a build: a pure function from a snapshot of the build to actions.
//!
//! The caller reads the rows into a [`Snapshot`], carries the [`Action`]s out and comes back when anything changed. Nothing in
//! here knows a build system: what differs between them is data in the snapshot. Calling it twice on the same snapshot gives the
//! same actions, and carrying out an action makes it disappear from the next plan, so wake-ups may be doubled or lost.

use std::collections::BTreeMap;

/// Batch of `module-build-macros`; the components of the document start in the batch after it.
pub const MACROS_BATCH: i32 = 1;

/// Where a module build stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Submitted; not validated.
    Init,
    /// Validated; no buildroot.
    Wait,
    /// Has a buildroot; components are built.
    Build,
    /// Everything is built and published.
    Done,
    /// Nothing is due any more.
    Ended,
}

/// Where a component stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not started.
    Waiting,
    /// Handed to the build system.
    Building,
    /// Built.
    Complete {
        /// It is part of the newest repository.
        in_repository: bool,
    },
    /// Failed, cancelled or deleted.
    Failed,
}

/// A component of the build.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// `component_builds.id`.
    pub id: i32,
    /// Batch, from 1.
    pub batch: i32,
    /// Where it stands.
    pub progress: Progress,
    /// Heavier components of a batch are started first.
    pub weight: f64,
    /// Not to be started yet, because an infrastructure failure is waited out.
    pub held_back: bool,
}

/// A build at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Where it stands.
    pub stage: Stage,
    /// Scratch builds end as done.
    pub scratch: bool,
    /// The present step is waiting out a failure.
    pub held_back: bool,
    /// Current batch; 0 before the first.
    pub batch: i32,
    /// All components.
    pub components: Vec<Component>,
    /// How many more components may be started, over all builds.
    pub free_slots: usize,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Look up components and commits.
    Validate,
    /// Make the buildroot.
    PrepareBuildroot,
    /// Make a repository of all complete components before batch `next`.
    RegenerateRepository {
        /// The batch that waits for it.
        next: i32,
    },
    /// Make `batch` the current one.
    StartBatch {
        /// Its number.
        batch: i32,
    },
    /// Hand a component to the build system.
    Submit {
        /// `component_builds.id`.
        component: i32,
    },
    /// Publish the repository; the build is done afterwards.
    Finalize,
    /// Let others build against it.
    MakeReady,
    /// Components failed and nothing of the batch is running any more.
    Fail,
    /// The build has ended while components are running: stop them.
    StopComponents,
    /// Nothing can be done now.
    Wait(WaitsFor),
}

/// What a build waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// Components that are being built.
    Components,
    /// A slot, because too many components of all builds are running.
    Slot,
    /// The end of a pause after an infrastructure failure.
    Retry,
    /// Nothing; it has ended.
    Nothing,
}

/// What is due.
pub fn plan(build: &Snapshot) -> Vec<Action> {
    if build.held_back {
        return vec![Action::Wait(WaitsFor::Retry)];
    }
    match build.stage {
        Stage::Init => vec![Action::Validate],
        Stage::Wait => vec![Action::PrepareBuildroot],
        Stage::Build => plan_batches(build),
        Stage::Done if build.scratch => vec![Action::Wait(WaitsFor::Nothing)],
        Stage::Done => vec![Action::MakeReady],
        Stage::Ended if build.components.iter().any(|c| c.progress == Progress::Building) => {
            vec![Action::StopComponents]
        }
        Stage::Ended => vec![Action::Wait(WaitsFor::Nothing)],
    }
}

/// Everything happens batch by batch; those that are complete already (after a resume) are passed over.
fn plan_batches(build: &Snapshot) -> Vec<Action> {
    let batches = by_batch(&build.components);
    let unfinished = batches.iter().find(|(_, members)| !members.iter().all(|c| is_complete(c)));
    let Some((&batch, members)) = unfinished else {
        return vec![Action::Finalize];
    };
    if batch > build.batch {
        return start_batch(build, batch, members);
    }
    continue_batch(build, members)
}

fn start_batch(build: &Snapshot, batch: i32, members: &[&Component]) -> Vec<Action> {
    let earlier = build.components.iter().filter(|c| c.batch < batch);
    let missing = earlier.filter(|c| c.progress == Progress::Complete { in_repository: false });
    if missing.count() > 0 {
        return vec![Action::RegenerateRepository { next: batch }];
    }
    let mut actions = vec![Action::StartBatch { batch }];
    actions.extend(continue_batch(build, members));
    actions
}

fn continue_batch(build: &Snapshot, members: &[&Component]) -> Vec<Action> {
    let running = members.iter().any(|c| c.progress == Progress::Building);
    let mut waiting: Vec<&&Component> = members.iter().filter(|c| c.progress == Progress::Waiting).collect();
    if waiting.is_empty() && !running {
        return vec![Action::Fail];
    }
    waiting.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.id.cmp(&b.id)));
    let startable = waiting.iter().filter(|c| !c.held_back);
    let submits: Vec<Action> = startable.take(build.free_slots).map(|c| Action::Submit { component: c.id }).collect();
    if !submits.is_empty() {
        return submits;
    }
    vec![Action::Wait(match (running, waiting.iter().all(|c| c.held_back), waiting.is_empty()) {
        (true, _, true) => WaitsFor::Components,
        (_, true, false) => WaitsFor::Retry,
        _ => WaitsFor::Slot,
    })]
}

fn by_batch(components: &[Component]) -> BTreeMap<i32, Vec<&Component>> {
    let mut batches: BTreeMap<i32, Vec<&Component>> = BTreeMap::new();
    for component in components {
        batches.entry(component.batch).or_default().push(component);
    }
    batches
}

fn is_complete(component: &Component) -> bool {
    matches!(component.progress, Progress::Complete { .. })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn component(id: i32, batch: i32, progress: Progress) -> Component {
        Component { id, batch, progress, weight: 1.0, held_back: false }
    }

    fn building(batch: i32, components: Vec<Component>) -> Snapshot {
        Snapshot { stage: Stage::Build, scratch: false, held_back: false, batch, components, free_slots: 2 }
    }

    const BUILT: Progress = Progress::Complete { in_repository: false };
    const TAGGED: Progress = Progress::Complete { in_repository: true };

    #[test]
    fn the_steps_before_the_components() {
        let mut build = building(0, vec![]);
        build.stage = Stage::Init;
        assert_eq!(plan(&build), [Action::Validate]);
        build.stage = Stage::Wait;
        assert_eq!(plan(&build), [Action::PrepareBuildroot]);
    }

    #[test]
    fn a_module_without_components_is_published_at_once() {
        assert_eq!(plan(&building(0, vec![])), [Action::Finalize]);
    }

    #[test]
    fn the_first_batch_starts_on_the_bare_buildroot() {
        let build = building(0, vec![component(1, 1, Progress::Waiting), component(2, 2, Progress::Waiting)]);
        assert_eq!(plan(&build), [Action::StartBatch { batch: 1 }, Action::Submit { component: 1 }]);
    }

    #[test]
    fn the_next_batch_waits_for_the_repository() {
        let mut build = building(1, vec![component(1, 1, BUILT), component(2, 2, Progress::Waiting)]);
        assert_eq!(plan(&build), [Action::RegenerateRepository { next: 2 }]);
        build.components[0].progress = TAGGED;
        assert_eq!(plan(&build), [Action::StartBatch { batch: 2 }, Action::Submit { component: 2 }]);
    }

    #[test]
    fn the_heaviest_component_goes_first_and_slots_are_kept() {
        let mut build = building(2, (1..5).map(|id| component(id, 2, Progress::Waiting)).collect());
        build.components[3].weight = 9.0;
        assert_eq!(plan(&build), [Action::Submit { component: 4 }, Action::Submit { component: 1 }]);
        build.free_slots = 0;
        assert_eq!(plan(&build), [Action::Wait(WaitsFor::Slot)]);
    }

    #[test]
    fn a_batch_with_a_failure_ends_before_the_module_fails() {
        let mut build = building(
            2,
            vec![
                component(1, 2, Progress::Failed),
                component(2, 2, Progress::Building),
                component(3, 3, Progress::Waiting),
            ],
        );
        assert_eq!(plan(&build), [Action::Wait(WaitsFor::Components)]);
        build.components[1].progress = BUILT;
        assert_eq!(plan(&build), [Action::Fail]);
    }

    #[test]
    fn a_resumed_build_passes_over_complete_batches_with_one_repository() {
        let build =
            building(0, vec![component(1, 1, BUILT), component(2, 2, BUILT), component(3, 3, Progress::Waiting)]);
        assert_eq!(plan(&build), [Action::RegenerateRepository { next: 3 }]);
    }

    #[test]
    fn what_runs_when_a_build_ends_is_stopped() {
        let mut build = building(2, vec![component(1, 2, Progress::Building)]);
        build.stage = Stage::Ended;
        assert_eq!(plan(&build), [Action::StopComponents]);
        build.components[0].progress = Progress::Failed;
        assert_eq!(plan(&build), [Action::Wait(WaitsFor::Nothing)]);
    }

    #[test]
    fn scratch_builds_stay_done() {
        let mut build = building(0, vec![]);
        build.stage = Stage::Done;
        assert_eq!(plan(&build), [Action::MakeReady]);
        build.scratch = true;
        assert_eq!(plan(&build), [Action::Wait(WaitsFor::Nothing)]);
    }

    /// Carries out one action the way the service does; `fails` decides the fate of a running component.
    fn carry_out(build: &mut Snapshot, action: Action) {
        match action {
            Action::RegenerateRepository { next } => {
                for c in build.components.iter_mut().filter(|c| c.batch < next && c.progress == BUILT) {
                    c.progress = TAGGED;
                }
            }
            Action::StartBatch { batch } => build.batch = batch,
            Action::Submit { component } => {
                for c in build.components.iter_mut().filter(|c| c.id == component) {
                    assert_eq!(c.progress, Progress::Waiting, "submitted twice");
                    c.progress = Progress::Building;
                }
            }
            Action::Finalize => build.stage = Stage::Done,
            Action::MakeReady | Action::Fail => build.stage = Stage::Ended,
            _ => {}
        }
    }

    proptest! {
        /// Whatever the batches and the failures: nothing is built before all earlier batches are in the repository, nothing is
        /// built twice, slots are kept, and it ends.
        #[test]
        fn every_build_ends_in_order(
            batches in prop::collection::vec(1..5_i32, 0..12),
            fates in prop::collection::vec(prop::bool::weighted(0.95), 12),
            slots in 1..4_usize,
        ) {
            let components = batches.iter().enumerate();
            let components = components.map(|(n, batch)| component(i32::try_from(n).unwrap(), *batch, Progress::Waiting)).collect();
            let mut build = building(0, components);
            for _ in 0..200 {
                let running = build.components.iter().filter(|c| c.progress == Progress::Building).count();
                prop_assert!(running <= slots);
                build.free_slots = slots - running;
                for action in plan(&build) {
                    if let Action::Submit { component } = action {
                        let batch = build.components[usize::try_from(component).unwrap()].batch;
                        prop_assert!(build.components.iter().filter(|c| c.batch < batch).all(|c| c.progress == TAGGED));
                    }
                    carry_out(&mut build, action);
                }
                if let Some(c) = build.components.iter_mut().find(|c| c.progress == Progress::Building) {
                    c.progress = if fates[usize::try_from(c.id).unwrap()] { BUILT } else { Progress::Failed };
                }
                if build.stage == Stage::Ended {
                    break;
                }
            }
            prop_assert_eq!(build.stage, Stage::Ended);
        }
    }
}
