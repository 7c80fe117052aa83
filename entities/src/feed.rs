//! `feed` (ours): the messages of the outbox as one numbered sequence that readers can resume.
//!
//! Ids of the outbox are given out when a row is written, and transactions commit in another order: who reads `id > 41` may see 43,
//! and never 42, which was committed a moment later. So messages get a second number once they are visible, by whoever holds the
//! one row of this table locked ([`number`]). Numbers have no gaps and become visible in their order, so that a reader who has seen
//! N has seen everything up to N. (docs/adr/0024)

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement, Value};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::db;
use crate::event_filter::Facts;
use crate::message::timestamp;

/// What is said on PostgreSQL when there are new numbers.
pub const CHANNEL: &str = "mbs_feed";

/// Only the relay and those who wait for room read this row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feed")]
pub struct Model {
    /// 1: there is one row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The number that was given out last; 0 before the first.
    pub newest: i64,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The oldest number that is still kept; one more than `newest` where none is.
    pub oldest: i64,
    /// The newest number.
    pub newest: i64,
}

/// A numbered message, with what it can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Entry {
    /// Number in the feed.
    pub number: i64,
    /// Unique id of the message.
    pub event_id: String,
    /// E.g. `module.state.change`.
    pub topic: String,
    /// JSON object.
    pub body: String,
    /// The module build it is about.
    pub module_build_id: Option<i32>,
    /// When it was written (UTC).
    pub time_created: DateTime,
    /// Owner of the module build.
    pub owner: Option<String>,
    /// Name of the module.
    pub name: Option<String>,
}

/// The one member of a body that is looked at.
#[derive(Deserialize)]
struct Body {
    state_name: Option<String>,
}

impl Entry {
    /// Name of the new state, of the module or of the component.
    pub fn state(&self) -> Option<String> {
        serde_json::from_str::<Body>(&self.body).ok()?.state_name
    }

    /// What of it is looked at by a filter; `state` is that of [`Entry::state`].
    pub fn facts<'a>(&'a self, state: Option<&'a str>) -> Facts<'a> {
        let (owner, name) = (self.owner.as_deref(), self.name.as_deref());
        Facts { owner, name, state, topic: &self.topic, module_build_id: self.module_build_id }
    }

    /// The event as clients see it, an object of JSON without line breaks:
    /// `{"id": 7, "event_id": "…", "topic": "…", "time": "…", "module_build_id": 42, "owner": "…", "name": "…", "body": {…}}`.
    ///
    /// The body is put in as it was written: it is the larger part, and was made by a serializer.
    pub fn json(&self) -> String {
        let head = json!({
            "id": self.number,
            "event_id": self.event_id,
            "topic": self.topic,
            "time": timestamp(self.time_created),
            "module_build_id": self.module_build_id,
            "owner": self.owner,
            "name": self.name,
        });
        let is_json = serde_json::from_str::<IgnoredAny>(&self.body).is_ok();
        let mut text = head.to_string();
        text.pop();
        text.push_str(r#","body":"#);
        text.push_str(if is_json { &self.body } else { "null" });
        text.push('}');
        text.replace(['\n', '\r'], " ")
    }
}

/// Gives the next numbers to at most `most` messages that have none; answers with how many those were. Several may call it at the
/// same time: one after the other does it.
pub async fn number(on: &DatabaseConnection, most: u64) -> Result<u64, DbErr> {
    let tx = db::begin_next_write(on).await?;
    // Locks the row. What is visible to the next statement was committed before, whoever gave out numbers until now.
    let newest: i64 = one(&tx, "UPDATE feed SET newest = newest WHERE id = 1 RETURNING newest", []).await?;
    // By their ids: who wrote a message because of another one had seen that committed, and wrote it later.
    let numbering = "UPDATE outbox SET number = found.number FROM \
        (SELECT id, $1 + row_number() OVER (ORDER BY id) AS number FROM outbox WHERE number IS NULL ORDER BY id LIMIT $2) AS found \
        WHERE outbox.id = found.id";
    let numbered = execute(&tx, numbering, [newest.into(), most.into()]).await?;
    if numbered > 0 {
        let newest = newest + i64::try_from(numbered).unwrap_or(i64::MAX);
        execute(&tx, "UPDATE feed SET newest = $1 WHERE id = 1", [newest.into()]).await?;
        if tx.get_database_backend() == DbBackend::Postgres {
            // Heard once this is committed.
            tx.execute_unprepared(&format!("NOTIFY {CHANNEL}")).await?;
        }
    }
    tx.commit().await?;
    Ok(numbered)
}

/// What can be read at present.
pub async fn bounds<C: ConnectionTrait>(on: &C) -> Result<Bounds, DbErr> {
    // The row first: what it counts is there, and what comes meanwhile is newer.
    let newest: i64 = one(on, "SELECT newest FROM feed WHERE id = 1", []).await?;
    let oldest: Option<i64> = one(on, "SELECT min(number) FROM outbox WHERE number IS NOT NULL", []).await?;
    Ok(Bounds { oldest: oldest.unwrap_or(newest + 1), newest })
}

/// The messages after number `after`, at most `most` of them, in their order.
pub async fn after<C: ConnectionTrait>(on: &C, after: i64, most: u64) -> Result<Vec<Entry>, DbErr> {
    let query = "SELECT o.number, o.event_id, o.topic, o.body, o.module_build_id, o.time_created, m.owner, m.name \
        FROM outbox o LEFT JOIN module_builds m ON m.id = o.module_build_id \
        WHERE o.number > $1 ORDER BY o.number LIMIT $2";
    Entry::find_by_statement(statement(on, query, [after.into(), most.into()])).all(on).await
}

/// Deletes what was published before a time, from the oldest on: never one between others, also where clocks differ.
pub async fn forget<C: ConnectionTrait>(on: &C, before: DateTime) -> Result<u64, DbErr> {
    let query = "DELETE FROM outbox WHERE number < coalesce(\
        (SELECT min(number) FROM outbox WHERE number IS NOT NULL AND (time_published IS NULL OR time_published >= $1)), \
        (SELECT newest + 1 FROM feed WHERE id = 1))";
    execute(on, query, [before.into()]).await
}

async fn one<C, T, const N: usize>(on: &C, query: &str, values: [Value; N]) -> Result<T, DbErr>
where
    C: ConnectionTrait,
    T: sea_orm::TryGetable,
{
    let row: Option<QueryResult> = on.query_one_raw(statement(on, query, values)).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the row of the table feed".to_owned()))?.try_get_by_index(0)
}

async fn execute<C: ConnectionTrait, const N: usize>(on: &C, query: &str, values: [Value; N]) -> Result<u64, DbErr> {
    Ok(on.execute_raw(statement(on, query, values)).await?.rows_affected())
}

fn statement<C: ConnectionTrait, const N: usize>(on: &C, query: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), query, values)
}
