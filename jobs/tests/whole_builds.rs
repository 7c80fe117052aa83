//! Whole builds by the jobs as they are, on a real database, with trouble at random: wake-ups that are lost, doubled and reordered,
//! workers that die in the middle of anything, build systems that fail, users who cancel. Nothing is built before what it needs is in
//! the repository that it is built against, nothing is built twice, slots are kept, and everything ends.
//!
//! What happens is drawn from a seed, which stands in every message. `WHOLE_BUILDS_SEED=7` runs that one only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/builder.rs"]
mod builder;
#[path = "support/chaos.rs"]
mod chaos;
#[path = "support/modules.rs"]
mod modules;
#[path = "support/observer.rs"]
mod observer;
#[path = "support/settings.rs"]
mod settings;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use builder::Instant;
use chaos::{Chaos, Random};
use chrono::{DateTime, TimeDelta};
use entities::clock::Clock;
use entities::{ComponentState, ModuleState, component_build, component_build_trace, db, module_build, transition};
use jobs::{Context, Job, Numbering, Role};
use migration::{Migrator, MigratorTrait as _};
use modules::Planned;
use observer::Observer;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, QueryOrder as _};
use tokio::sync::watch;

const SEEDS: std::ops::Range<u64> = 0..12;
/// Shorter than [`A_WHILE`], so that upkeep has something to do in every life of a worker.
const UPKEEP: Duration = Duration::from_secs(10);
/// Far more than any run needs: upkeep wakes everything in each of them.
const MOST_ROUNDS: usize = 400;
/// Rounds in which users cancel; what is stuck afterwards has nobody to end it.
const CANCELED: usize = 20;
/// Longer than any lease and any pause.
const A_WHILE: TimeDelta = TimeDelta::seconds(20);

struct World {
    seed: u64,
    random: Random,
    db: DatabaseConnection,
    clock: Clock,
    slots: usize,
    chaos: Arc<Chaos>,
    observer: Arc<Observer>,
    logs: PathBuf,
    modules: Vec<i32>,
    starts: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_nothing_is_early_nothing_is_double_and_everything_ends() {
    let only: Option<u64> = std::env::var("WHOLE_BUILDS_SEED").ok().map(|seed| seed.parse().unwrap());
    for seed in SEEDS.filter(|seed| only.is_none_or(|only| only == *seed)) {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::new(seed, folder.path()).await;
        world.run().await;
        world.check_the_end().await;
    }
}

impl World {
    async fn new(seed: u64, folder: &Path) -> Self {
        let db = db::connect(&format!("sqlite:///{}/mbs.db", folder.display()), 4).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        let clock = Clock::stopped(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let random = Random::new(seed);
        let slots = 1 + random.below(4);
        let observer = Arc::new(Observer::new(seed, random.fork(), db.clone(), slots));
        let mut world = Self {
            seed,
            slots,
            chaos: Arc::new(Chaos::new(random.fork(), clock.clone())),
            random,
            db,
            clock,
            observer,
            logs: folder.join("logs"),
            modules: Vec::new(),
            starts: 0,
        };
        for number in 0..=world.random.below(3) {
            let planned = world.module();
            let (name, owner) = (format!("module-{number}"), format!("owner-{}", world.random.below(2)));
            let build = modules::insert(&world.db, world.clock.now(), (&name, &owner), &planned).await;
            world.observer.expects(build.id, planned);
            world.modules.push(build.id);
        }
        world
    }

    /// Up to eight components, in batches or in a graph.
    fn module(&self) -> Vec<Planned> {
        let is_graph = self.random.below(2) == 0;
        let mut components: Vec<Planned> = Vec::new();
        for number in 0..=self.random.below(8) {
            let earlier = components.len();
            let needs: Vec<usize> = (0..earlier).filter(|_| self.random.below(3) == 0).collect();
            let after_needs = needs.iter().map(|need| components[*need].batch + 1).max().unwrap_or(2);
            let batch = if is_graph { after_needs } else { 2 + i32::try_from(self.random.below(4)).unwrap() };
            let needs = needs.iter().map(|need| components[*need].name.clone()).collect();
            components.push(Planned { name: format!("c{number}"), batch, needs: is_graph.then_some(needs) });
        }
        components
    }

    fn context(&mut self, shutdown: watch::Receiver<bool>) -> Context {
        self.starts += 1;
        Context {
            db: self.db.clone(),
            clock: self.clock.clone(),
            builder: Arc::new(Instant(self.observer.next_life())),
            gate: None,
            git: Arc::new(scm::Git::new(scm::Settings::default()).unwrap()),
            bus: Arc::new(messaging::InMemory::default()),
            queue: self.chaos.clone(),
            settings: Arc::new(settings::settings(self.slots, UPKEEP, &self.logs)),
            holder: format!("worker {}", self.starts).into(),
            numbering: Arc::new(Numbering::new(self.db.clone(), Arc::default())),
            sharing: Arc::default(),
            publishing: Arc::default(),
            chain: None,
            shutdown,
        }
    }

    /// Lives of workers, until everything has ended.
    async fn run(&mut self) {
        for round in 0..MOST_ROUNDS {
            let (_alive, shutdown) = watch::channel(false);
            let context = self.context(shutdown);
            let dies_after = (self.random.below(3) == 0).then(|| self.random.below(60));
            let chaos = Arc::clone(&self.chaos);
            chaos.insert(Job::Upkeep);
            tokio::select! {
                () = jobs::work(context, &[Role::Service, Role::Build]) => panic!("seed {}: a worker ended", self.seed),
                // Everything that it was doing is dropped where it stands.
                () = chaos.settled(dies_after) => {}
                () = self.observer.doomed() => {}
            }
            self.chaos.forget_workers();
            self.check_slots().await;
            if self.all_ended().await {
                return;
            }
            if round < CANCELED && self.random.below(12) == 0 {
                self.cancel_one().await;
            }
            self.clock.advance(A_WHILE);
        }
        panic!("seed {}: it does not end: {:?}", self.seed, self.states().await);
    }

    async fn states(&self) -> Vec<ModuleState> {
        let builds = module_build::Entity::find().order_by_asc(module_build::Column::Id).all(&self.db).await.unwrap();
        builds.into_iter().map(|build| build.state).collect()
    }

    async fn all_ended(&self) -> bool {
        let is_end = |state: &ModuleState| matches!(state, ModuleState::Ready | ModuleState::Failed);
        self.states().await.iter().all(is_end) && self.running().await == 0
    }

    async fn running(&self) -> usize {
        let running = component_build::Column::State.eq(ComponentState::Building);
        component_build::Entity::find().filter(running).all(&self.db).await.unwrap().len()
    }

    async fn check_slots(&self) {
        assert!(self.running().await <= self.slots, "seed {}: more than {} slots", self.seed, self.slots);
    }

    async fn cancel_one(&mut self) {
        let id = self.modules[self.random.below(self.modules.len())];
        let tx = db::begin_write(&self.db).await.unwrap();
        let build = module_build::lock(&tx, id).await.unwrap().unwrap();
        if matches!(build.state, ModuleState::Wait | ModuleState::Build) {
            let now = self.clock.now();
            let canceled = Some("Canceled by somebody.");
            transition::module(&tx, now, &build, ModuleState::Failed, canceled, |_| {}).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Each component was complete at most once, and all are where the build is ready.
    async fn check_the_end(&self) {
        let seed = self.seed;
        for build in module_build::Entity::find().all(&self.db).await.unwrap() {
            let of_build = component_build::Column::ModuleId.eq(build.id);
            for component in component_build::Entity::find().filter(of_build).all(&self.db).await.unwrap() {
                let trace = component_build_trace::Entity::find()
                    .filter(component_build_trace::Column::ComponentId.eq(component.id))
                    .all(&self.db)
                    .await
                    .unwrap();
                let complete = trace.iter().filter(|step| step.state == Some(ComponentState::Complete)).count();
                let is_complete = component.state == Some(ComponentState::Complete);
                assert_eq!(complete, usize::from(is_complete), "seed {seed}: {component:?}");
                let is_ready = build.state == ModuleState::Ready;
                assert!(is_complete || !is_ready, "seed {seed}: ready without {}", component.package);
                assert_ne!(component.state, Some(ComponentState::Building), "seed {seed}");
            }
        }
        self.observer.check_the_end();
    }
}
