//! Who runs and wants what, as one transaction sees it, and what it changes of that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entities::db::Transaction;
use entities::{ComponentState, component_build, module_build, slot_owner, waiting_build};
use modulemd::slots::{Demand, share};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::Context;

/// Builds that have something running, those that could start something, and one that is decided for. A build that waits out a
/// failure wants nothing.
const DEMANDS: &str = "
    WITH running AS MATERIALIZED (
        SELECT module_id, COUNT(*) AS components FROM component_builds WHERE state = 0 GROUP BY module_id
    )
    SELECT build.id, build.owner, build.priority, waiting.ready, waiting.longest, running.components, owners.last_start
    FROM (
        SELECT module_id FROM waiting_builds UNION SELECT module_id FROM running UNION SELECT CAST($2 AS INTEGER)
    ) AS wanted
    JOIN module_builds AS build ON build.id = wanted.module_id
    LEFT JOIN waiting_builds AS waiting ON waiting.module_id = build.id AND build.state = 2
        AND (build.retry_at IS NULL OR build.retry_at <= $1)
    LEFT JOIN running ON running.module_id = build.id
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

/// What all builds run and want, shared by the builds that one transaction decides for.
pub struct Line {
    slots: usize,
    /// As read last, with what this transaction has decided.
    demands: Vec<Demand>,
    /// Nobody else gives out slots until the transaction ends.
    held: bool,
    /// Demands of the builds that were decided for, which stand in no table before the end.
    decided: BTreeMap<i32, Demand>,
    owners: BTreeSet<String>,
    notes: BTreeMap<i32, waiting_build::Model>,
}

/// The place of a build in the line, while it is decided for.
pub struct Place {
    build: i32,
    owner: String,
    /// What stands in `waiting_builds`.
    noted: (i32, f64),
    /// How long each component that could start is expected to take, in the order in which they start.
    startable: Vec<f64>,
    /// How many components the build may start now.
    pub share: usize,
}

impl Line {
    /// Of a transaction that has decided nothing yet.
    pub fn new(context: &Context) -> Self {
        Self {
            slots: context.settings.concurrent_builds,
            demands: Vec::new(),
            held: false,
            decided: BTreeMap::new(),
            owners: BTreeSet::new(),
            notes: BTreeMap::new(),
        }
    }

    /// Finds the place of a build; `expects` says that slots are thought to be the build's. Where they are, nobody else gives out any
    /// until the transaction ends. Others need not be kept out: who starts nothing is woken by whoever frees a slot later.
    pub async fn enter(
        &mut self,
        tx: &Transaction,
        now: DateTime,
        build: (&module_build::Model, &[component_build::Model]),
        startable: &[i32],
        expects: bool,
    ) -> Result<Place, DbErr> {
        if self.held {
            return Ok(self.place(build, startable));
        }
        let is_shared = tx.get_database_backend() == DbBackend::Postgres;
        if !(is_shared && expects) {
            self.look(tx, now, build.0.id).await?;
            let place = self.place(build, startable);
            if !is_shared || place.share == 0 {
                // On SQLite there is only one writer anyway.
                self.held = !is_shared;
                return Ok(place);
            }
        }
        tx.execute_unprepared(SLOTS_LOCK).await?;
        self.held = true;
        self.look(tx, now, build.0.id).await?;
        Ok(self.place(build, startable))
    }

    async fn look(&mut self, tx: &Transaction, now: DateTime, build: i32) -> Result<(), DbErr> {
        self.demands = demands(tx, now, Some(build)).await?;
        for demand in &self.demands {
            if let Some(decided) = self.decided.get_mut(&demand.build) {
                // Somebody else may have given the owner a slot meanwhile.
                decided.served = demand.served;
            }
        }
        self.demands.retain(|demand| !self.decided.contains_key(&demand.build));
        self.demands.extend(self.decided.values().cloned());
        Ok(())
    }

    fn place(
        &mut self,
        (build, components): (&module_build::Model, &[component_build::Model]),
        startable: &[i32],
    ) -> Place {
        let at = self.demands.iter().position(|demand| demand.build == build.id);
        let before = at.map(|at| self.demands.swap_remove(at));
        let served = before.as_ref().and_then(|before| before.served);
        let expected: HashMap<i32, f64> =
            components.iter().map(|row| (row.id, row.expected_seconds.unwrap_or(0.0))).collect();
        let startable = startable.iter().map(|id| expected.get(id).copied().unwrap_or(0.0)).collect::<Vec<_>>();
        self.demands.push(Demand {
            build: build.id,
            owner: build.owner.clone(),
            priority: build.priority,
            ready: startable.len(),
            longest: startable.first().copied().unwrap_or(0.0),
            running: components.iter().filter(|row| row.state == Some(ComponentState::Building)).count(),
            served,
        });
        let noted = before.map_or((0, 0.0), |before| (number(before.ready), before.longest));
        let share = share(self.slots, &self.demands).remove(&build.id).unwrap_or_default();
        Place { build: build.id, owner: build.owner.clone(), noted, startable, share }
    }

    /// Keeps what the build has started, and wants from now on; `running` of its components run now.
    pub fn go_on(&mut self, now: DateTime, place: Place, started: usize, running: usize) {
        let left = place.startable.get(started..).unwrap_or_default();
        let (ready, longest) = (left.len(), left.first().copied().unwrap_or(0.0));
        let wants = (number(ready), longest);
        if wants != place.noted {
            let row = waiting_build::Model { module_id: place.build, ready: wants.0, longest };
            self.notes.insert(place.build, row);
        }
        for demand in &mut self.demands {
            if started > 0 && demand.owner == place.owner {
                demand.served = Some(now.and_utc().timestamp_micros());
            }
            if demand.build == place.build {
                (demand.ready, demand.longest, demand.running) = (ready, longest, running);
                self.decided.insert(place.build, demand.clone());
            }
        }
        if started > 0 {
            self.owners.insert(place.owner);
        }
    }

    /// Builds other than this one whose slots are free.
    pub fn due(&self, but: i32) -> Vec<i32> {
        share(self.slots, &self.demands).into_keys().filter(|build| *build != but).collect()
    }

    /// Has it written down with the commit.
    pub fn write(self, tx: &Transaction, now: DateTime) {
        slot_owner::served(tx, self.owners, now);
        waiting_build::note(tx, self.notes.into_values());
    }
}

/// Builds whose slots are free, as it stands in the database.
pub async fn due(context: &Context) -> Result<Vec<i32>, DbErr> {
    let demands = demands(&context.db, context.now(), None).await?;
    Ok(share(context.settings.concurrent_builds, &demands).into_keys().collect())
}

/// What all builds run and want, as it stands in the database, and `also` this one, which may want nothing.
async fn demands<C: ConnectionTrait>(db: &C, now: DateTime, also: Option<i32>) -> Result<Vec<Demand>, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), DEMANDS, [now.into(), also.into()]);
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

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
