//! What waits: read from database and queue when somebody asks, one statement each.

use entities::clock::Clock;
use entities::{ComponentState, ModuleState};
use jobs::queue::{Lane, Queue};
use sea_orm::entity::prelude::DateTime;
use sea_orm::{DatabaseConnection, DbErr, FromQueryResult, Statement};
use tokio::time::timeout;

use super::PATIENCE;
use super::exposition::{Exposition, Kind};

/// What waits, as far as it could be read.
pub(super) struct Backlog {
    rows: Option<(Counts, f64)>,
    lengths: Option<[(Lane, u64); 3]>,
}

/// Counts from the database, each by an index.
#[derive(Debug, FromQueryResult)]
struct Counts {
    init: i64,
    wait: i64,
    build: i64,
    building: i64,
    unpublished: i64,
    oldest: Option<DateTime>,
    deliveries: i64,
}

/// Reads database and queue at the same time, within [`PATIENCE`].
pub(super) async fn read(db: &DatabaseConnection, clock: &Clock, queue: &dyn Queue) -> Backlog {
    let (rows, lengths) = tokio::join!(timeout(PATIENCE, counts(db)), timeout(PATIENCE, queue.lengths()));
    let rows = rows.ok().and_then(Result::ok).map(|counts| {
        let age = counts.oldest.map_or(0.0, |oldest| (clock.now() - oldest).as_seconds_f64().max(0.0));
        (counts, age)
    });
    Backlog { rows, lengths: lengths.ok().and_then(Result::ok) }
}

async fn counts(db: &DatabaseConnection) -> Result<Counts, DbErr> {
    let builds = |state: ModuleState| format!("(SELECT count(*) FROM module_builds WHERE state = {})", state.number());
    let sql = format!(
        "SELECT {} AS init, {} AS wait, {} AS build, \
         (SELECT count(*) FROM component_builds WHERE state = {}) AS building, \
         (SELECT count(*) FROM outbox WHERE time_published IS NULL) AS unpublished, \
         (SELECT time_created FROM outbox WHERE time_published IS NULL ORDER BY id LIMIT 1) AS oldest, \
         (SELECT count(*) FROM webhook_deliveries WHERE state = 'waiting') AS deliveries",
        builds(ModuleState::Init),
        builds(ModuleState::Wait),
        builds(ModuleState::Build),
        ComponentState::Building.number(),
    );
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let counts = Counts::find_by_statement(statement).one(db).await?;
    counts.ok_or_else(|| DbErr::RecordNotFound("the counts".to_owned()))
}

impl Backlog {
    /// Writes what could be read.
    pub fn write(&self, text: &mut Exposition) {
        let up = [("database", u8::from(self.rows.is_some())), ("queue", u8::from(self.lengths.is_some()))];
        let help = "1 if it answered when these metrics were read";
        text.labelled(Kind::Gauge, "dependency_up", help, "dependency", up);
        if let Some((counts, age)) = &self.rows {
            counts.write(text, *age);
        }
        if let Some(lengths) = self.lengths {
            let help = "Jobs that are due and wait for a worker";
            let lengths = lengths.map(|(lane, length)| (lane.name(), length));
            text.labelled(Kind::Gauge, "queue_jobs_waiting", help, "lane", lengths);
        }
    }
}

impl Counts {
    fn write(&self, text: &mut Exposition, age: f64) {
        let states = [(ModuleState::Init, self.init), (ModuleState::Wait, self.wait), (ModuleState::Build, self.build)];
        let states = states.map(|(state, count)| (state.name(), count));
        text.labelled(Kind::Gauge, "module_builds_unfinished", "Module builds that are not finished", "state", states);
        text.single(Kind::Gauge, "component_builds_building", "Components being built", self.building);
        text.single(Kind::Gauge, "outbox_waiting", "Messages that the bus has not taken yet", self.unpublished);
        text.single(
            Kind::Gauge,
            "webhook_deliveries_waiting",
            "Events that wait to be sent to webhooks",
            self.deliveries,
        );
        text.single(Kind::Gauge, "outbox_oldest_seconds", "Age of the oldest of them, 0 if there is none", age);
    }
}
