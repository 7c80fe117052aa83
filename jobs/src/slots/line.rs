//! The builds that run or want components, as one of them sees it while it is decided for.

use std::collections::HashMap;

use entities::{ComponentState, component_build, module_build, slot_owner, waiting_build};
use modulemd::slots::{Demand, share};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, Statement};

use crate::Context;

/// Builds that have something running, and those that could start something. A build that waits out a failure wants nothing.
const DEMANDS: &str = "
    SELECT build.id, build.owner, build.priority, waiting.ready, waiting.longest, running.components, owners.last_start
    FROM (
        SELECT module_id FROM waiting_builds UNION SELECT module_id FROM component_builds WHERE state = 0
    ) AS wanted
    JOIN module_builds AS build ON build.id = wanted.module_id
    LEFT JOIN waiting_builds AS waiting ON waiting.module_id = build.id AND build.state = 2
        AND (build.retry_at IS NULL OR build.retry_at <= $1)
    LEFT JOIN (
        SELECT module_id, COUNT(*) AS components FROM component_builds WHERE state = 0 GROUP BY module_id
    ) AS running ON running.module_id = build.id
    LEFT JOIN slot_owners AS owners ON owners.owner = build.owner
    ORDER BY build.id";

/// On PostgreSQL, one transaction at a time gives out slots; on SQLite there is only one writer anyway.
const SLOTS_LOCK: &str = "SELECT pg_advisory_xact_lock(77666383)";

#[derive(FromQueryResult)]
struct Row {
    id: i32,
    owner: String,
    priority: i32,
    ready: Option<i32>,
    longest: Option<f64>,
    components: Option<i64>,
    last_start: Option<DateTime>,
}

/// What all builds run and want, and which of them it is about.
pub struct Line {
    slots: usize,
    demands: Vec<Demand>,
    own: Own,
}

/// The build that is decided for.
struct Own {
    build: i32,
    owner: String,
    /// What stands in `waiting_builds`.
    noted: (i32, f64),
    /// How long each component that could start is expected to take, in the order in which they start.
    startable: Vec<f64>,
}

impl Line {
    /// Reads it; `expects` says that slots are thought to be the build's. Where they are, nobody else gives out any until the transaction ends. Others need not be kept out: who
    /// starts nothing is woken by whoever frees a slot later.
    pub async fn read(
        context: &Context,
        tx: &DatabaseTransaction,
        build: (&module_build::Model, &[component_build::Model]),
        startable: &[i32],
        expects: bool,
    ) -> Result<Self, DbErr> {
        let is_shared = tx.get_database_backend() == DbBackend::Postgres;
        if !(is_shared && expects) {
            let line = Self::look(context, tx, build, startable).await?;
            if !is_shared || line.own_share() == 0 {
                return Ok(line);
            }
        }
        tx.execute_unprepared(SLOTS_LOCK).await?;
        Self::look(context, tx, build, startable).await
    }

    async fn look(
        context: &Context,
        tx: &DatabaseTransaction,
        (build, components): (&module_build::Model, &[component_build::Model]),
        startable: &[i32],
    ) -> Result<Self, DbErr> {
        let mut demands = demands(tx, context.now()).await?;
        let at = demands.iter().position(|demand| demand.build == build.id);
        let noted = at.map_or((0, 0.0), |at| (number(demands[at].ready), demands[at].longest));
        let served = match at.map(|at| demands.remove(at).served) {
            Some(served) => served,
            // The row of an owner is found by a build in the line only.
            None => last_start(tx, &build.owner).await?,
        };
        let expected: HashMap<i32, f64> =
            components.iter().map(|row| (row.id, row.expected_seconds.unwrap_or(0.0))).collect();
        let startable = startable.iter().map(|id| expected.get(id).copied().unwrap_or(0.0)).collect::<Vec<_>>();
        demands.push(Demand {
            build: build.id,
            owner: build.owner.clone(),
            priority: build.priority,
            ready: startable.len(),
            longest: startable.first().copied().unwrap_or(0.0),
            running: components.iter().filter(|row| row.state == Some(ComponentState::Building)).count(),
            served,
        });
        let own = Own { build: build.id, owner: build.owner.clone(), noted, startable };
        Ok(Self { slots: context.settings.concurrent_builds, demands, own })
    }

    /// How many components the build may start now.
    pub fn own_share(&self) -> usize {
        share(self.slots, &self.demands).remove(&self.own.build).unwrap_or_default()
    }

    /// Notes what the build has started, and wants from now on; `running` of its components run now.
    pub async fn go_on(
        &mut self,
        tx: &DatabaseTransaction,
        now: DateTime,
        started: usize,
        running: usize,
    ) -> Result<(), DbErr> {
        let left = self.own.startable.get(started..).unwrap_or_default();
        let (ready, longest) = (left.len(), left.first().copied().unwrap_or(0.0));
        if started > 0 {
            slot_owner::served(tx, &self.own.owner, now).await?;
        }
        let wants = (number(ready), longest);
        if wants != self.own.noted {
            let row = waiting_build::Model { module_id: self.own.build, ready: wants.0, longest };
            waiting_build::note(tx, row).await?;
        }
        for demand in &mut self.demands {
            if demand.build == self.own.build {
                (demand.ready, demand.longest, demand.running) = (ready, longest, running);
            }
            if started > 0 && demand.owner == self.own.owner {
                demand.served = Some(now.and_utc().timestamp_micros());
            }
        }
        Ok(())
    }

    /// Other builds whose slots are free: each with how much it wants, and how much of it is its own.
    pub fn due(&self) -> Vec<(i32, usize, usize)> {
        let shares = share(self.slots, &self.demands);
        let others = self.demands.iter().filter(|demand| demand.build != self.own.build);
        others.filter_map(|demand| Some((demand.build, demand.ready, *shares.get(&demand.build)?))).collect()
    }
}

/// What all builds run and want, as it stands in the database.
pub async fn demands<C: ConnectionTrait>(db: &C, now: DateTime) -> Result<Vec<Demand>, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), DEMANDS, [now.into()]);
    let rows = Row::find_by_statement(statement).all(db).await?;
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    let demand = |row: Row| Demand {
        build: row.id,
        owner: row.owner,
        priority: row.priority,
        ready: count(row.ready.unwrap_or_default().into()),
        longest: row.longest.unwrap_or(0.0),
        running: count(row.components.unwrap_or_default()),
        served: row.last_start.map(|time| time.and_utc().timestamp_micros()),
    };
    Ok(rows.into_iter().map(demand).collect())
}

async fn last_start(tx: &DatabaseTransaction, owner: &str) -> Result<Option<i64>, DbErr> {
    let rows = slot_owner::Entity::find_by_id(owner).all(tx).await?;
    Ok(rows.first().map(|row| row.last_start.and_utc().timestamp_micros()))
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
