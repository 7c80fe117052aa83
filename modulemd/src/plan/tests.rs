//! Rules of planning, one test each. `tests/planning.rs` runs whole builds with random trouble.

use super::*;

fn component(id: i32, batch: i32, progress: Progress) -> Component {
    Component { id, batch, needs: None, progress, weight: 1.0, held_back: false }
}

fn building(batch: i32, components: Vec<Component>) -> Snapshot {
    Snapshot {
        stage: Stage::Build,
        scratch: false,
        held_back: false,
        batch,
        components,
        free_slots: 2,
        keep_going: true,
    }
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
    assert_eq!(plan(&build), [Action::RegenerateRepository]);
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
fn without_going_on_the_first_failure_ends_the_build() {
    let mut build = building(
        2,
        vec![
            component(1, 2, Progress::Failed),
            component(2, 2, Progress::Building),
            component(3, 2, Progress::Waiting),
        ],
    );
    assert_eq!(plan(&build), [Action::Submit { component: 3 }]);
    build.keep_going = false;
    assert_eq!(plan(&build), [Action::Fail]);
    build.stage = Stage::Ended;
    assert_eq!(plan(&build), [Action::StopComponents]);
}

#[test]
fn a_resumed_build_passes_over_complete_batches_with_one_repository() {
    let build = building(0, vec![component(1, 1, BUILT), component(2, 2, BUILT), component(3, 3, Progress::Waiting)]);
    assert_eq!(plan(&build), [Action::RegenerateRepository]);
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

#[test]
fn a_repository_holds_the_batches_before_the_next_one() {
    // The third was taken over from an earlier build.
    let mut build =
        building(1, vec![component(1, 1, BUILT), component(2, 2, Progress::Waiting), component(3, 3, BUILT)]);
    assert_eq!((plan(&build), next_repository(&build)), (vec![Action::RegenerateRepository], vec![1]));
    build.components[1].progress = BUILT;
    build.components.push(component(4, 4, Progress::Waiting));
    assert_eq!(next_repository(&build), [1, 2, 3]);
}

/// `1` are the macros; `needs` without them.
fn in_graph(id: i32, batch: i32, needs: &[i32], progress: Progress) -> Component {
    let needs = if id == 1 { vec![] } else { [&[1], needs].concat() };
    Component { needs: Some(needs), ..component(id, batch, progress) }
}

#[test]
fn in_a_graph_a_component_starts_when_what_it_needs_is_in_the_repository() {
    let mut build = building(
        2,
        vec![
            in_graph(1, 1, &[], TAGGED),
            in_graph(2, 2, &[], BUILT),
            in_graph(3, 2, &[], Progress::Building),
            in_graph(4, 3, &[2], Progress::Waiting),
            in_graph(5, 3, &[3], Progress::Waiting),
        ],
    );
    assert_eq!(plan(&build), [Action::RegenerateRepository]);
    assert_eq!(next_repository(&build), [1, 2]);
    build.components[1].progress = TAGGED;
    assert_eq!(plan(&build), [Action::Submit { component: 4 }], "although 3 is still being built");
    build.components[3].progress = Progress::Building;
    assert_eq!(plan(&build), [Action::Wait(WaitsFor::Components)]);
}

#[test]
fn no_repository_is_made_that_nobody_waits_for() {
    let mut build = building(
        2,
        vec![
            in_graph(1, 1, &[], TAGGED),
            in_graph(2, 2, &[], BUILT),
            in_graph(3, 2, &[], Progress::Building),
            in_graph(4, 3, &[2, 3], Progress::Waiting),
        ],
    );
    assert_eq!(plan(&build), [Action::Wait(WaitsFor::Components)]);
    build.components[2].progress = BUILT;
    assert_eq!(plan(&build), [Action::StartBatch { batch: 3 }, Action::RegenerateRepository], "one for both");
    assert_eq!(next_repository(&build), [1, 2, 3]);
    build.components[3].progress = BUILT;
    assert_eq!(plan(&build), [Action::Finalize], "none at the end");
}

#[test]
fn a_failure_in_a_graph_stops_only_what_needs_it() {
    let mut build = building(
        2,
        vec![
            in_graph(1, 1, &[], TAGGED),
            in_graph(2, 2, &[], Progress::Failed),
            in_graph(3, 2, &[], TAGGED),
            in_graph(4, 3, &[2], Progress::Waiting),
            in_graph(5, 3, &[3], Progress::Waiting),
        ],
    );
    assert_eq!(plan(&build), [Action::Submit { component: 5 }]);
    build.components[4].progress = BUILT;
    assert_eq!(plan(&build), [Action::Fail]);
}

#[test]
fn what_was_taken_over_is_not_seen_before_what_it_needs() {
    let mut build = building(
        2,
        vec![
            in_graph(1, 1, &[], TAGGED),
            in_graph(2, 2, &[], Progress::Building),
            in_graph(3, 3, &[2], BUILT),
            in_graph(4, 4, &[3], Progress::Waiting),
        ],
    );
    assert_eq!((plan(&build), next_repository(&build)), (vec![Action::Wait(WaitsFor::Components)], vec![1]));
    build.components[1].progress = BUILT;
    build.batch = 4;
    assert_eq!((plan(&build), next_repository(&build)), (vec![Action::RegenerateRepository], vec![1, 2, 3]));
}

#[test]
fn a_graph_shows_the_batch_that_everything_before_is_complete() {
    let mut build = building(0, vec![in_graph(1, 1, &[], Progress::Waiting), in_graph(2, 2, &[], Progress::Waiting)]);
    assert_eq!(plan(&build), [Action::StartBatch { batch: 1 }, Action::Submit { component: 1 }]);
    build.batch = 1;
    build.components[0].progress = TAGGED;
    assert_eq!(plan(&build), [Action::StartBatch { batch: 2 }, Action::Submit { component: 2 }]);
    build.components[1].held_back = true;
    assert_eq!(plan(&build), [Action::StartBatch { batch: 2 }, Action::Wait(WaitsFor::Retry)]);
}
