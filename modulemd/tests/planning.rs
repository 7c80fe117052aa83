//! Whole builds with random trouble: nothing is built before what it needs is in the repository, nothing is built twice, slots are
//! kept, and it always ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::time::Instant;

use modulemd::plan::{
    Action, Component, Progress, Snapshot, Stage, Wait, downstream_of_failures, next_repository, plan, waits,
};
use proptest::prelude::*;

const BUILT: Progress = Progress::Complete { in_repository: false };
const TAGGED: Progress = Progress::Complete { in_repository: true };
const SLOTS: usize = 3;

/// How a running component ends.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Built,
    Failed,
    /// The build system was in trouble: tried again after a pause.
    Paused,
}

/// What can happen to a build; numbers choose one of those that it can happen to.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A wake-up; those that go missing are simply not there.
    Wake,
    /// Two wake-ups that read the same snapshot; the second one to write finds its decision outdated.
    WakeTwice,
    Ends(usize, Fate),
    PauseEnds(usize),
    RepositoryMade,
    /// The worker that makes the repository dies.
    RepositoryLost,
    Cancelled,
    /// Submitted again after a failure.
    Resumed,
}

/// The rows of a build, and what works on it.
struct World {
    build: Snapshot,
    /// Components in the repository that is being made.
    making: Option<Vec<i32>>,
    /// How often each component was handed to the build system, and how often that has to be so.
    submitted: BTreeMap<i32, usize>,
    again: BTreeMap<i32, usize>,
    cancelled: bool,
}

impl World {
    fn new(components: Vec<Component>) -> Self {
        let build = Snapshot {
            stage: Stage::Build,
            scratch: false,
            held_back: false,
            batch: 0,
            components,
            free_slots: SLOTS,
            keep_going: true,
        };
        Self { build, making: None, submitted: BTreeMap::new(), again: BTreeMap::new(), cancelled: false }
    }

    fn component(&mut self, id: i32) -> &mut Component {
        self.build.components.iter_mut().find(|component| component.id == id).unwrap()
    }

    fn with(&self, progress: Progress) -> Vec<i32> {
        let those = self.build.components.iter().filter(|component| component.progress == progress);
        those.map(|component| component.id).collect()
    }

    fn needs(&self, component: &Component) -> Vec<i32> {
        if let Some(needs) = &component.needs {
            return needs.clone();
        }
        let earlier = self.build.components.iter().filter(|other| other.batch < component.batch);
        earlier.map(|other| other.id).collect()
    }

    fn progress(&self, id: i32) -> Progress {
        self.build.components.iter().find(|component| component.id == id).unwrap().progress
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Wake => self.wake(),
            Event::WakeTwice => {
                self.wake();
                self.wake();
            }
            Event::Ends(which, fate) => self.ends(which, fate),
            Event::PauseEnds(which) => {
                let paused: Vec<i32> =
                    self.build.components.iter().filter(|one| one.held_back).map(|one| one.id).collect();
                if let Some(id) = chosen(&paused, which) {
                    self.component(id).held_back = false;
                }
            }
            Event::RepositoryMade => self.repository_made(),
            Event::RepositoryLost => self.making = None,
            Event::Cancelled => {
                self.build.stage = Stage::Ended;
                self.cancelled = true;
            }
            Event::Resumed => self.resumed(),
        }
    }

    fn wake(&mut self) {
        self.build.free_slots = SLOTS - self.with(Progress::Building).len();
        let actions = plan(&self.build);
        assert!(!actions.is_empty(), "there is always an answer");
        assert_eq!(actions, plan(&self.build), "the same snapshot has the same plan");
        self.check_explanations(&actions);
        for action in actions {
            self.carry_out(action);
        }
        assert!(self.with(Progress::Building).len() <= SLOTS);
    }

    /// What is said of a component is what the plan does about it.
    fn check_explanations(&self, actions: &[Action]) {
        let waits = waits(&self.build);
        let submitted =
            |id: i32| actions.iter().any(|action| matches!(action, Action::Submit { component } if *component == id));
        for component in &self.build.components {
            let wait = waits.get(&component.id);
            match component.progress {
                Progress::Building => assert_eq!(wait.is_some(), self.build.stage == Stage::Build),
                Progress::Complete { .. } | Progress::Failed => assert_eq!(wait, None),
                Progress::Waiting if self.build.stage == Stage::Ended => assert_eq!(wait, None),
                Progress::Waiting => assert!(wait.is_some(), "{} waits for nothing: {:?}", component.id, self.build),
            }
            match wait {
                Some(Wait::Components(ids)) => {
                    assert!(!ids.is_empty() && !ids.contains(&component.id));
                    assert!(!submitted(component.id), "submitted while it waits for {ids:?}");
                }
                Some(Wait::Failed(ids)) => {
                    assert!(ids.iter().all(|id| self.progress(*id) == Progress::Failed) && !submitted(component.id));
                }
                Some(Wait::Repository | Wait::Retry) => assert!(!submitted(component.id)),
                _ => {}
            }
            assert!(!submitted(component.id) || wait == Some(&Wait::Slot), "{wait:?}");
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::StartBatch { batch } => {
                assert!(batch > self.build.batch);
                self.build.batch = batch;
            }
            Action::Submit { component } => self.submit(component),
            // Only one is made at a time: it has a lease.
            Action::RegenerateRepository if self.making.is_none() => self.make_repository(),
            Action::StopComponents => {
                for id in self.with(Progress::Building) {
                    self.component(id).progress = Progress::Failed;
                }
            }
            Action::Finalize => {
                assert!(self.build.components.iter().all(|one| matches!(one.progress, Progress::Complete { .. })));
                self.build.stage = Stage::Done;
            }
            Action::Fail => {
                assert!(!self.with(Progress::Failed).is_empty(), "something failed: {:?}", self.build);
                self.build.stage = Stage::Ended;
            }
            Action::MakeReady => self.build.stage = Stage::Ended,
            Action::Validate | Action::PrepareBuildroot => panic!("not in this stage"),
            Action::RegenerateRepository | Action::Wait(_) => {}
        }
    }

    fn submit(&mut self, id: i32) {
        let component = self.component(id).clone();
        assert_eq!(component.progress, Progress::Waiting, "submitted twice");
        assert!(!component.held_back, "submitted during its pause");
        for need in self.needs(&component) {
            assert_eq!(self.progress(need), TAGGED, "{id} was submitted before {need} is in the repository");
        }
        self.component(id).progress = Progress::Building;
        *self.submitted.entry(id).or_default() += 1;
        let again = self.again.get(&id).copied().unwrap_or_default();
        assert_eq!(self.submitted[&id], again + 1, "{id} was built again without a reason");
    }

    fn make_repository(&mut self) {
        let inside = next_repository(&self.build);
        let complete: Vec<i32> =
            inside.into_iter().filter(|id| matches!(self.progress(*id), Progress::Complete { .. })).collect();
        for id in &complete {
            let component = self.component(*id).clone();
            for need in self.needs(&component) {
                assert!(complete.contains(&need), "{id} is in a repository without {need}");
            }
        }
        for id in self.with(TAGGED) {
            assert!(complete.contains(&id), "{id} was lost from the repository");
        }
        assert!(complete.iter().any(|id| self.progress(*id) == BUILT), "a repository with nothing new");
        self.making = Some(complete);
    }

    fn repository_made(&mut self) {
        let made = self.making.take().unwrap_or_default();
        // What was made for a build that ended meanwhile is not noted.
        if self.build.stage == Stage::Build {
            for id in made {
                self.component(id).progress = TAGGED;
            }
        }
    }

    fn ends(&mut self, which: usize, fate: Fate) {
        let Some(id) = chosen(&self.with(Progress::Building), which) else { return };
        let component = self.component(id);
        match fate {
            Fate::Built => component.progress = BUILT,
            Fate::Failed => component.progress = Progress::Failed,
            Fate::Paused => {
                component.progress = Progress::Waiting;
                component.held_back = true;
                *self.again.entry(id).or_default() += 1;
            }
        }
    }

    fn resumed(&mut self) {
        if self.build.stage != Stage::Ended || self.with(Progress::Failed).is_empty() {
            return;
        }
        for id in self.with(Progress::Failed).into_iter().chain(self.with(Progress::Building)) {
            self.component(id).progress = Progress::Waiting;
            let submitted = self.submitted.get(&id).copied().unwrap_or_default();
            self.again.insert(id, submitted);
        }
        for id in self.with(TAGGED) {
            self.component(id).progress = BUILT;
        }
        (self.build.stage, self.build.batch, self.making, self.cancelled) = (Stage::Build, 0, None, false);
    }

    /// Upkeep wakes what was forgotten, everything that runs ends, until nothing is due any more.
    fn run_to_the_end(&mut self) {
        for _ in 0..20 * (self.build.components.len() + 2) {
            self.wake();
            self.repository_made();
            self.ends(0, Fate::Built);
            self.happens(Event::PauseEnds(0));
            if self.build.stage == Stage::Ended && self.with(Progress::Building).is_empty() {
                return;
            }
        }
        panic!("it does not end: {:?}", self.build);
    }

    fn check_the_end(&self) {
        let failed = self.with(Progress::Failed);
        let waiting = self.with(Progress::Waiting);
        if self.cancelled {
            return;
        }
        assert!(!failed.is_empty() || waiting.is_empty(), "nothing waits without a failure");
        let downstream = downstream_of_failures(&self.build);
        // In a graph, what is not built needs something that failed.
        for id in waiting {
            let component = self.build.components.iter().find(|one| one.id == id).unwrap();
            let unmet = |need: &i32| !matches!(self.progress(*need), Progress::Complete { .. });
            let in_graph = self.build.components.iter().any(|one| one.needs.is_some());
            let reached = |start: &Component| {
                let mut stack = self.needs(start);
                while let Some(need) = stack.pop() {
                    if unmet(&need) {
                        return true;
                    }
                    stack.extend(self.needs(self.build.components.iter().find(|one| one.id == need).unwrap()));
                }
                false
            };
            let ends_early = !self.build.keep_going;
            assert!(ends_early || !in_graph || reached(component), "{id} could have been built");
            if self.build.keep_going {
                // In batches, those of the batch that failed are built to their end, too.
                assert!(downstream.contains_key(&id), "{id} was left waiting, and needs nothing that failed");
            }
        }
    }
}

fn chosen(from: &[i32], which: usize) -> Option<i32> {
    (!from.is_empty()).then(|| from[which % from.len()])
}

fn component(id: i32, batch: i32) -> Component {
    Component { id, batch, needs: None, progress: Progress::Waiting, weight: f64::from(id % 5), held_back: false }
}

/// Batches of random sizes after that of the macros.
fn in_batches() -> impl Strategy<Value = Vec<Component>> {
    prop::collection::vec(2..6_i32, 0..14).prop_map(|batches| {
        let members = (1..).zip(batches).map(|(id, batch)| component(id, batch));
        std::iter::once(component(0, 1)).chain(members).collect()
    })
}

/// Each needs some of those before it, and the macros.
fn in_graph() -> impl Strategy<Value = Vec<Component>> {
    prop::collection::vec(any::<u16>(), 1..14).prop_map(|masks| {
        let mut components = vec![component(0, 1)];
        for (id, mask) in (1..).zip(masks) {
            // Few edges, as in real modules.
            let needs = (1..id).filter(|need| mask & (1 << need) != 0 && mask & (1 << (15 - need)) != 0);
            let needs: Vec<i32> = std::iter::once(0).chain(needs).collect();
            let deepest = components.iter().filter(|one| needs.contains(&one.id)).map(|one| one.batch).max();
            components.push(Component { needs: Some(needs), ..component(id, deepest.unwrap() + 1) });
        }
        components
    })
}

fn event() -> impl Strategy<Value = Event> {
    let fate = prop_oneof![8 => Just(Fate::Built), 1 => Just(Fate::Failed), 2 => Just(Fate::Paused)];
    prop_oneof![
        10 => Just(Event::Wake),
        2 => Just(Event::WakeTwice),
        10 => (any::<usize>(), fate).prop_map(|(which, fate)| Event::Ends(which, fate)),
        3 => any::<usize>().prop_map(Event::PauseEnds),
        6 => Just(Event::RepositoryMade),
        1 => Just(Event::RepositoryLost),
        1 => Just(Event::Cancelled),
        2 => Just(Event::Resumed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_build_ends_in_order(
        components in prop_oneof![in_batches(), in_graph()],
        taken_over in any::<u16>(),
        keep_going in prop::bool::weighted(0.8),
        events in prop::collection::vec(event(), 0..80),
    ) {
        let mut world = World::new(components);
        world.build.keep_going = keep_going;
        for component in &mut world.build.components[1..] {
            // A quarter was taken over from an earlier build.
            if taken_over & (3 << (component.id % 15)) == 0 {
                component.progress = BUILT;
            }
        }
        for event in events {
            world.happens(event);
        }
        world.run_to_the_end();
        world.check_the_end();
    }
}

/// The slowest plan of a whole build, in which everything is built.
fn slowest_plan(components: Vec<Component>, slots: usize) -> (usize, f64) {
    let mut world = World::new(components);
    let (mut plans, mut slowest) = (0, 0.0_f64);
    while world.build.stage != Stage::Ended {
        world.build.free_slots = slots - world.with(Progress::Building).len();
        let start = Instant::now();
        let actions = plan(&world.build);
        let inside = next_repository(&world.build);
        slowest = slowest.max(start.elapsed().as_secs_f64() * 1000.0);
        plans += 1;
        for action in actions {
            match action {
                Action::Submit { component } => world.component(component).progress = Progress::Building,
                Action::RegenerateRepository => world.making = Some(inside.clone()),
                other => world.carry_out(other),
            }
        }
        world.repository_made();
        world.ends(0, Fate::Built);
    }
    (plans, slowest)
}

#[test]
#[ignore = "a measurement: cargo test --release -p modulemd --test planning -- --ignored --nocapture"]
fn planning_speed() {
    let batches = (1..=500).map(|id| component(id, 2 + id % 40));
    let batches: Vec<_> = std::iter::once(component(0, 1)).chain(batches).collect();
    let mut graph = vec![component(0, 1)];
    for id in 1..=500 {
        let needs: Vec<i32> = [0, id / 2, id / 3, id - 7].into_iter().filter(|need| (0..id).contains(need)).collect();
        let deepest = needs.iter().map(|need| graph[usize::try_from(*need).unwrap()].batch).max().unwrap();
        graph.push(Component { needs: Some(needs), ..component(id, deepest + 1) });
    }
    for (what, components) in [("500 components in 40 batches", batches), ("a graph of 500 components", graph)] {
        let (plans, slowest) = slowest_plan(components, 20);
        println!("{what}: {plans} plans, the slowest took {slowest:.3} ms");
    }
}
