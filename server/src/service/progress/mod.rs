//! How far builds are: what each component waits for, why it failed, when it is tried again, and how long the rest will take.
//!
//! The rules are those of `modulemd::plan`, by which the build is decided on; nothing here changes anything. [`Standing`] says only
//! what follows from the rows of the build, so it is as old as they are; [`Progress`] says how it is now.

mod shown;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use entities::{ComponentState, component_build, module_build};
use jobs::rows as job_rows;
use modulemd::plan::{self, Snapshot};
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, QueryOrder};

use super::ServiceError;
use crate::App;
use crate::rest::rows;

pub use shown::{Failure, Retry, Wait};

/// Builds with their components, at one moment.
pub struct Standing {
    builds: HashMap<i32, (module_build::Model, Vec<component_build::Model>)>,
    keep_going: bool,
    max_retries: i32,
}

impl Standing {
    /// Reads builds by their ids, in two statements.
    pub async fn read(app: &App, builds: &[i32]) -> Result<Self, DbErr> {
        let jobs = &app.config.jobs;
        let mut all: HashMap<_, _> = HashMap::new();
        if !builds.is_empty() {
            for (id, build) in rows::builds(&app.db, builds, false).await? {
                all.insert(id, (build, Vec::new()));
            }
            for row in components(&app.db, builds).await? {
                if let Some((_, components)) = all.get_mut(&row.module_id) {
                    components.push(row);
                }
            }
        }
        Ok(Self { builds: all, keep_going: jobs.keep_going, max_retries: jobs.max_retries })
    }

    /// What the components of all builds wait for, by their ids. Pauses count as long as they are noted, so that nothing changes
    /// without a change of a row.
    pub fn waits(&self) -> HashMap<i32, Wait> {
        let all = self.builds.values().flat_map(|(build, components)| {
            // The pauses of a build itself end without a change of what is numbered.
            let build = module_build::Model { retry_at: None, ..build.clone() };
            let snapshot = self.snapshot(NaiveDateTime::MIN, &build, components);
            self.waits_of(&snapshot, &build, components)
        });
        all.collect()
    }

    fn snapshot(
        &self,
        now: NaiveDateTime,
        build: &module_build::Model,
        components: &[component_build::Model],
    ) -> Snapshot {
        job_rows::snapshot_at(now, self.keep_going, build, components, 0)
    }

    fn waits_of(
        &self,
        snapshot: &Snapshot,
        build: &module_build::Model,
        components: &[component_build::Model],
    ) -> HashMap<i32, Wait> {
        let by_id: HashMap<i32, &component_build::Model> = components.iter().map(|row| (row.id, row)).collect();
        let name = |id: i32| by_id.get(&id).map_or("", |row| row.package.as_str());
        let shown = |(id, wait): (i32, plan::Wait)| {
            let row = by_id.get(&id)?;
            let retry = self.retry(row).or_else(|| Retry::new(build.retries, self.max_retries, build.retry_at));
            Some((id, Wait::new(&wait, name, retry.as_ref())))
        };
        plan::waits(snapshot).into_iter().filter_map(shown).collect()
    }

    fn retry(&self, row: &component_build::Model) -> Option<Retry> {
        Retry::new(row.retries, self.max_retries, row.retry_at)
    }
}

async fn components(db: &DatabaseConnection, builds: &[i32]) -> Result<Vec<component_build::Model>, DbErr> {
    use component_build::{Column, Entity};
    Entity::find()
        .filter(rows::one_of(Column::ModuleId.into_expr(), builds, db.get_database_backend()))
        .order_by_asc(Column::Batch)
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// How a build is now.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The build, without its document.
    pub build: module_build::Model,
    /// When this was so (UTC).
    pub time: NaiveDateTime,
    /// How long its components still take with the slots to themselves; `None` for builds that have none to build.
    pub estimate: Option<Remaining>,
    /// Its components in the order of their batches.
    pub components: Vec<Part>,
}

/// How long a build still takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Seconds, if all that is to be built is known.
    pub seconds: Option<u64>,
    /// Seconds, if those of which nothing is known took no time.
    pub at_least: u64,
    /// Components of which nothing is known.
    pub unknown: Vec<String>,
    /// Those that decide how long it takes, in their order.
    pub critical_path: Vec<String>,
}

/// A component.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its row.
    pub row: component_build::Model,
    /// What it waits for.
    pub waits_for: Option<Wait>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// When it is tried again.
    pub retry: Option<Retry>,
    /// Seconds since it was started, while it is built.
    pub elapsed: Option<u64>,
    /// Seconds that it still takes, if that is known.
    pub remaining: Option<u64>,
}

/// How builds are now, by their ids.
pub async fn of_builds(app: &App, builds: &[i32]) -> Result<HashMap<i32, Progress>, DbErr> {
    let now = app.clock.now();
    let mut standing = Standing::read(app, builds).await?;
    let slots = app.config.builder.concurrent_builds;
    let all = std::mem::take(&mut standing.builds).into_values().map(|(build, components)| {
        let snapshot = standing.snapshot(now, &build, &components);
        let mut waits = standing.waits_of(&snapshot, &build, &components);
        let rest: BTreeMap<i32, u64> =
            components.iter().filter_map(|row| Some((row.id, remaining(row, now)?))).collect();
        let estimate = estimate(&snapshot, &components, &rest, slots);
        let part = |row: component_build::Model| Part {
            waits_for: waits.remove(&row.id),
            failure: Failure::of(&row),
            retry: standing.retry(&row),
            elapsed: elapsed(&row, now),
            remaining: rest.get(&row.id).copied(),
            row,
        };
        let components = components.into_iter().map(part).collect();
        (build.id, Progress { build, time: now, estimate, components })
    });
    Ok(all.collect())
}

/// How one build is now.
pub async fn of_build(app: &App, id: i32) -> Result<Progress, ServiceError> {
    let found = of_builds(app, &[id]).await?.remove(&id);
    found.ok_or_else(|| ServiceError::NotFound("No such module found.".to_owned()))
}

fn elapsed(row: &component_build::Model, now: NaiveDateTime) -> Option<u64> {
    let started = row.time_started.filter(|_| row.state == Some(ComponentState::Building))?;
    Some(u64::try_from((now - started).num_seconds()).unwrap_or(0))
}

/// Of what waits or is built; what takes longer than expected may be over at any moment.
fn remaining(row: &component_build::Model, now: NaiveDateTime) -> Option<u64> {
    let estimate = u64::try_from(row.estimate?).ok()?;
    match row.state {
        None => Some(estimate),
        Some(ComponentState::Building) => Some(estimate.saturating_sub(elapsed(row, now)?)),
        Some(_) => None,
    }
}

fn estimate(
    snapshot: &Snapshot,
    components: &[component_build::Model],
    rest: &BTreeMap<i32, u64>,
    slots: usize,
) -> Option<Remaining> {
    if !matches!(snapshot.stage, plan::Stage::Wait | plan::Stage::Build) || components.is_empty() {
        return None;
    }
    let names: BTreeMap<i32, &str> = components.iter().map(|row| (row.id, row.package.as_str())).collect();
    let list = |ids: &[i32]| ids.iter().filter_map(|id| Some((*names.get(id)?).to_owned())).collect();
    let estimate = plan::estimate(snapshot, rest, slots);
    Some(Remaining {
        seconds: Some(estimate.seconds).filter(|_| estimate.unknown.is_empty()),
        at_least: estimate.seconds,
        unknown: list(&estimate.unknown),
        critical_path: list(&estimate.critical_path),
    })
}
