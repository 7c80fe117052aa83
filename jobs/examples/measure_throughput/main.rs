//! How many state changes of components a second two workers make, when building takes no time: everything that is left is deciding,
//! writing down and telling. Run by `make bench-transitions`; prints tab-separated figures.
//!
//! `measure_throughput DATABASE QUEUE MODULES COMPONENTS` fills the database with module builds that are validated already, starts
//! two workers, and looks at the histories that they wrote. `DATABASE` is a URL, `QUEUE` one of Redis or the path of a file.
//!
//! `measure_throughput order FOLDER` builds one module twice, in batches and by `buildafter`, with components that take up to two
//! seconds, and prints how long each took.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

#[path = "../../tests/support/builder.rs"]
mod builder;
#[path = "../../tests/support/modules.rs"]
mod modules;
mod order;
#[path = "../../tests/support/settings.rs"]
mod settings;

use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use builder::{Instant, Witness};
use entities::clock::Clock;
use entities::{
    ComponentState, ModuleState, component_build, component_build_trace, db, module_build, module_build_trace, outbox,
};
use jobs::queue::{Queue, RedisQueue, SqliteQueue};
use jobs::{Context, Job, Numbering, Role};
use migration::{Migrator, MigratorTrait as _};
use modules::Planned;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, QueryOrder as _, QuerySelect as _};
use tokio::sync::watch;

/// `NUM_CONCURRENT_BUILDS`.
const SLOTS: usize = 20;
const WORKERS: usize = 2;
const BATCHES: usize = 4;
const CONNECTIONS: u32 = 10;

struct AllGoesWell;

impl Witness for AllGoesWell {}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["worker", database, queue] => work(database, queue).await,
        ["order", folder] => order::compare(Path::new(folder)).await,
        [database, queue, modules, components] => {
            measure(database, queue, modules.parse().unwrap(), components.parse().unwrap()).await;
        }
        _ => panic!("usage: measure_throughput DATABASE QUEUE MODULES COMPONENTS"),
    }
}

async fn queue(address: &str) -> Arc<dyn Queue> {
    let clock = Clock::system();
    if address.starts_with("redis://") {
        return Arc::new(RedisQueue::open(address, clock).unwrap());
    }
    Arc::new(SqliteQueue::open(Path::new(address), clock).await.unwrap())
}

async fn work(database: &str, address: &str) {
    let (_ending, shutdown) = watch::channel(false);
    let context = context(database, address, AllGoesWell, SLOTS, shutdown).await;
    jobs::work(context, &[Role::Service, Role::Build]).await;
}

async fn context(
    database: &str,
    address: &str,
    witness: impl Witness + 'static,
    slots: usize,
    shutdown: watch::Receiver<bool>,
) -> Context {
    let db = db::connect(database, CONNECTIONS).await.unwrap();
    Context {
        numbering: Arc::new(Numbering::new(db.clone(), Arc::default())),
        db,
        clock: Clock::system(),
        builder: Arc::new(Instant(witness)),
        gate: None,
        git: Arc::new(scm::Git::new(scm::Settings::default()).unwrap()),
        bus: Arc::new(messaging::InMemory::default()),
        queue: queue(address).await,
        settings: Arc::new(settings::settings(slots, Duration::from_secs(5), &std::env::temp_dir())),
        holder: format!("worker {}", std::process::id()).into(),
        sharing: Arc::default(),
        publishing: Arc::default(),
        chain: None,
        shutdown,
    }
}

/// Ends with the measurement.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _gone = self.0.kill().and_then(|()| self.0.wait());
    }
}

async fn measure(database: &str, address: &str, modules: usize, components: usize) {
    let connection = db::connect(database, 2).await.unwrap();
    Migrator::up(&connection, None).await.unwrap();
    let queue = queue(address).await;
    let planned: Vec<Planned> = (0..components)
        .map(|number| Planned {
            name: format!("component-{number}"),
            batch: i32::try_from(2 + number * BATCHES / components).unwrap(),
            needs: None,
        })
        .collect();
    for number in 0..modules {
        let (name, owner) = (format!("module-{number}"), format!("owner-{}", number % 10));
        let build = modules::insert(&connection, Clock::system().now(), (&name, &owner), &planned).await;
        queue.push(Job::Advance(build.id), Duration::ZERO).await.unwrap();
    }
    // As autovacuum does within a minute on a database in use.
    connection.execute_unprepared("ANALYZE").await.unwrap();
    let program = std::env::current_exe().unwrap();
    let worker = |_| Worker(Command::new(&program).args(["worker", database, address]).spawn().unwrap());
    let workers: Vec<Worker> = (0..WORKERS).map(worker).collect();
    while unfinished(&connection).await > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(workers);
    report(&connection, modules, components).await;
}

async fn unfinished(connection: &DatabaseConnection) -> u64 {
    let unfinished = module_build::Column::State.ne(ModuleState::Ready);
    let states: Vec<ModuleState> = module_build::Entity::find()
        .select_only()
        .column(module_build::Column::State)
        .filter(unfinished)
        .into_tuple()
        .all(connection)
        .await
        .unwrap();
    assert!(!states.contains(&ModuleState::Failed), "a build failed");
    states.len() as u64
}

/// Every component went through both states once, and everything was told.
async fn report(connection: &DatabaseConnection, modules: usize, components: usize) {
    use component_build_trace::{Column, Entity};
    let changes: Vec<(i32, DateTime)> = Entity::find()
        .select_only()
        .columns([Column::State, Column::StateTime])
        .filter(Column::State.is_not_null())
        .order_by_asc(Column::StateTime)
        .into_tuple()
        .all(connection)
        .await
        .unwrap();
    let all = modules * (components + 1);
    for state in [0, 1] {
        let traced = changes.iter().filter(|(entered, _)| *entered == state).count();
        assert_eq!(traced, all, "histories of state {state}");
    }
    let complete = component_build::Column::State.eq(ComponentState::Complete);
    let complete = component_build::Entity::find().filter(complete).count(connection).await.unwrap();
    assert_eq!(complete, all as u64);
    let steps = module_build_trace::Entity::find().count(connection).await.unwrap();
    assert_eq!(steps, modules as u64 * 5, "histories of module builds");
    let told = outbox::Entity::find().count(connection).await.unwrap();
    assert_eq!(told, changes.len() as u64 + steps, "messages");
    let (first, last) = (changes[0].1, changes[changes.len() - 1].1);
    let seconds = (last - first).as_seconds_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = changes.len() as f64 / seconds;
    println!("{}\t{seconds:.2}\t{rate:.0}", changes.len());
}
