//! `queue` and `workers`: what waits, and who works on what.

use async_graphql::{Context, Result, SimpleObject};
use entities::lease::{self, WORKER};
use entities::{ComponentState, ModuleState, outbox};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Statement,
};

use super::error::{Told as _, coded};
use super::load;
use super::paging::{Page, Part, part_of};
use super::scalars::DateTime;

/// What waits.
#[derive(Clone, Debug, SimpleObject)]
pub struct Queue {
    /// Jobs that are due and wait for a worker.
    lanes: Vec<Lane>,
    /// Module builds that were submitted and not looked at.
    builds_init: i64,
    /// Module builds that wait for their buildroot.
    builds_wait: i64,
    /// Module builds whose components are being built.
    builds_build: i64,
    /// Components that are being built.
    components_building: i64,
    /// How many components may be built at a time, over all module builds; 0 is any number.
    concurrent_builds: i64,
    /// Messages that the bus has not taken yet.
    messages_waiting: u64,
}

/// A part of the queue.
#[derive(Clone, Debug, SimpleObject)]
pub struct Lane {
    /// `control`, `prepare` or `build`.
    name: &'static str,
    /// Jobs that are due and wait for a worker.
    waiting: u64,
}

/// A process that works, or has nothing to do, or has ended without saying so.
#[derive(Clone, Debug, SimpleObject)]
pub struct Worker {
    /// Host, process and a random part.
    name: String,
    /// Whether it said that it is there; it has said so for the last time at most a day ago.
    alive: bool,
    /// When it counts as gone unless it says again that it is there, or when it did; null for what is no worker, but holds something.
    expires: Option<DateTime>,
    /// What it works on, e.g. `module:42` or `component:7`.
    holds: Vec<Held>,
}

/// Something that is worked on.
#[derive(Clone, Debug, SimpleObject)]
pub struct Held {
    /// What, e.g. `module:42`.
    name: String,
    /// When others take over unless the worker renews it, which it does all the time.
    expires: DateTime,
}

/// What waits now.
pub async fn queue(context: &Context<'_>) -> Result<Queue> {
    let loaders = load::of(context);
    loaders.note_volatile();
    let app = loaders.app();
    let builds = |state: ModuleState| format!("(SELECT COUNT(*) FROM module_builds WHERE state = {})", state.number());
    let text = format!(
        "SELECT {}, {}, {}, (SELECT COUNT(*) FROM component_builds WHERE state = {})",
        builds(ModuleState::Init),
        builds(ModuleState::Wait),
        builds(ModuleState::Build),
        ComponentState::Building.number()
    );
    let row = app.db.query_one_raw(Statement::from_string(app.db.get_database_backend(), text)).await.told()?;
    let count = |place: usize| match &row {
        Some(row) => row.try_get_by_index::<i64>(place).told(),
        None => Ok(0),
    };
    let waiting = outbox::Entity::find().filter(outbox::Column::TimePublished.is_null());
    let lengths = app.queue.lengths().await.map_err(|error| {
        tracing::warn!(%error, "the queue does not answer");
        coded("UNAVAILABLE", "The queue does not answer; try again in a moment.")
    })?;
    Ok(Queue {
        lanes: lengths.map(|(lane, waiting)| Lane { name: lane.name(), waiting }).into(),
        builds_init: count(0)?,
        builds_wait: count(1)?,
        builds_build: count(2)?,
        components_building: count(3)?,
        concurrent_builds: i64::try_from(app.config.builder.concurrent_builds).unwrap_or(i64::MAX),
        messages_waiting: waiting.count(&app.db).await.told()?,
    })
}

/// Who works on what now, who waits for work, and who has gone.
pub async fn workers(context: &Context<'_>, part: &Part) -> Result<Page<Worker>> {
    let loaders = load::of(context);
    loaders.note_volatile();
    let app = loaders.app();
    let now = app.clock.now();
    let is_known = Condition::any().add(lease::Column::ExpiresAt.gt(now)).add(lease::Column::Name.starts_with(WORKER));
    let leases = lease::Entity::find().filter(is_known);
    let leases = leases.order_by_asc(lease::Column::Holder).order_by_asc(lease::Column::Name);
    let mut workers: Vec<Worker> = Vec::new();
    for lease::Model { name, holder, expires_at, .. } in leases.all(&app.db).await.told()? {
        if workers.last().is_none_or(|worker| worker.name != holder) {
            workers.push(Worker { name: holder, alive: false, expires: None, holds: Vec::new() });
        }
        let Some(worker) = workers.last_mut() else { continue };
        if name.starts_with(WORKER) {
            worker.expires = Some(DateTime(expires_at));
            worker.alive = expires_at > now;
        } else {
            worker.holds.push(Held { name, expires: DateTime(expires_at) });
        }
    }
    part_of(context, workers, part)
}
