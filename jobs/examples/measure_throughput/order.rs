//! One module in batches and by `buildafter`.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use builders::{BuilderError, ComponentRequest, Outcome};
use entities::clock::Clock;
use entities::{component_build, db, module_build_trace};
use jobs::{Job, Role};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::entity::prelude::*;
use tokio::sync::watch;

use crate::builder::{Witness, complete};
use crate::modules::{self, Planned};
use crate::{context, unfinished};

const SLOTS: usize = 4;
const COMPONENTS: usize = 20;

/// Builds take as long as the number in the name of the component says, in hundredths of a second.
struct Slow;

#[async_trait]
impl Witness for Slow {
    async fn build(&self, request: &ComponentRequest) -> Result<Outcome, BuilderError> {
        let hundredths = request.package.rsplit_once('-').map_or(0, |(_, time)| time.parse().unwrap_or(0));
        tokio::time::sleep(Duration::from_millis(10 * hundredths)).await;
        Ok(complete(request))
    }
}

/// Prints seconds in batches, and by `buildafter`.
pub async fn compare(folder: &Path) {
    let graph = graph();
    let batches: Vec<Planned> = graph.iter().map(|one| Planned { needs: None, ..one.clone() }).collect();
    let (batches, graph) = (build(&folder.join("batches"), &batches).await, build(&folder.join("graph"), &graph).await);
    println!("{batches:.2}\t{graph:.2}");
}

/// Every component needs up to two of the earlier ones; batches are what a packager would write for the same.
fn graph() -> Vec<Planned> {
    let mut components: Vec<Planned> = Vec::new();
    for number in 0..COMPONENTS {
        let needs: Vec<usize> = if number < 4 { Vec::new() } else { vec![number / 2, number - 4] };
        let batch = needs.iter().map(|need| components[*need].batch + 1).max().unwrap_or(2);
        let needs = needs.iter().map(|need| components[*need].name.clone()).collect();
        let hundredths = 10 + number * 67 % 190;
        components.push(Planned { name: format!("c{number}-{hundredths}"), batch, needs: Some(needs) });
    }
    components
}

async fn build(folder: &Path, components: &[Planned]) -> f64 {
    std::fs::create_dir_all(folder).unwrap();
    let (ending, shutdown) = watch::channel(false);
    let database = format!("sqlite:///{}/mbs.db", folder.display());
    let connection = db::connect(&database, 2).await.unwrap();
    Migrator::up(&connection, None).await.unwrap();
    let queue = folder.join("queue.db").display().to_string();
    let context = context(&database, &queue, Slow, SLOTS, shutdown).await;
    let module = modules::insert(&connection, Clock::system().now(), ("module", "owner"), components).await;
    context.wake(Job::Advance(module.id)).await;
    let work = tokio::spawn(async move { jobs::work(context, &[Role::Service, Role::Build]).await });
    while unfinished(&connection).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ending.send_replace(true);
    work.await.unwrap();
    let started = component_build::Entity::find().all(&connection).await.unwrap();
    let started = started.iter().filter_map(|row| row.time_started).min().unwrap();
    let steps = module_build_trace::Entity::find().all(&connection).await.unwrap();
    let ready = steps.iter().map(|step| step.state_time).max().unwrap();
    (ready - started).as_seconds_f64()
}
