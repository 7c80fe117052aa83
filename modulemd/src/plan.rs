//! What is due next for a build: a pure function from a snapshot of the build to actions.
//!
//! The caller reads the rows into a [`Snapshot`], carries the [`Action`]s out and comes back when anything changed. Nothing in
//! here knows a build system: what differs between them is data in the snapshot. Calling it twice on the same snapshot gives the
//! same actions, and carrying out an action makes it disappear from the next plan, so wake-ups may be doubled or lost.
//!
//! Components are ordered in one of two ways: in `batches`, one after the other, or in a `graph` where each names what it needs.

mod batches;
mod estimate;
mod graph;
#[cfg(test)]
mod tests;
mod waits;

pub use estimate::{Estimate, estimate};
pub use waits::{Wait, downstream_of_failures, waits};

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
    /// Batch, from 1. In a graph it only tells how far the build has come: what a component needs is in batches before its own.
    pub batch: i32,
    /// Ids of the components that it needs in its buildroot. One component with this makes the build a graph; `None` in a graph
    /// needs nothing.
    pub needs: Option<Vec<i32>>,
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
    /// After a failure, what does not need what failed is built to its end, so that all failures show in one go; otherwise the
    /// first one ends the build.
    pub keep_going: bool,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Look up components and commits.
    Validate,
    /// Make the buildroot.
    PrepareBuildroot,
    /// Make a repository of the components that [`next_repository`] names.
    RegenerateRepository,
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
        Stage::Build if !build.keep_going && has_failed(build) => vec![Action::Fail],
        Stage::Build if is_graph(build) => graph::plan(build),
        Stage::Build => batches::plan(build),
        Stage::Done if build.scratch => vec![Action::Wait(WaitsFor::Nothing)],
        Stage::Done => vec![Action::MakeReady],
        Stage::Ended if build.components.iter().any(|c| c.progress == Progress::Building) => {
            vec![Action::StopComponents]
        }
        Stage::Ended => vec![Action::Wait(WaitsFor::Nothing)],
    }
}

/// Ids of the components that the next repository is made of: what is complete, with everything that it needs, and that is to be
/// seen by what is built next.
pub fn next_repository(build: &Snapshot) -> Vec<i32> {
    if is_graph(build) { graph::next_repository(build) } else { batches::next_repository(build) }
}

fn has_failed(build: &Snapshot) -> bool {
    build.components.iter().any(|component| component.progress == Progress::Failed)
}

fn is_graph(build: &Snapshot) -> bool {
    build.components.iter().any(|component| component.needs.is_some())
}

/// Starts as many of these as there are slots, the heaviest first.
fn submit(mut startable: Vec<&Component>, free_slots: usize) -> Vec<Action> {
    startable.retain(|component| !component.held_back);
    startable.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.id.cmp(&b.id)));
    startable.into_iter().take(free_slots).map(|component| Action::Submit { component: component.id }).collect()
}

/// What a build waits for in which nothing can be done: it runs something, or has components that could be started.
fn waits_for(running: bool, startable: &[&Component]) -> WaitsFor {
    match startable {
        [] if running => WaitsFor::Components,
        [_, ..] if startable.iter().all(|component| component.held_back) => WaitsFor::Retry,
        _ => WaitsFor::Slot,
    }
}

fn is_complete(component: &Component) -> bool {
    matches!(component.progress, Progress::Complete { .. })
}
