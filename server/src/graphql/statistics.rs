//! `statistics`: how often builds succeed and how long they take, over a bounded time.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use chrono::{NaiveDateTime, TimeDelta};
use entities::{ComponentState, ModuleState};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};

use super::error::{Told as _, coded, invalid};
use super::guard::complexity::at_most;
use super::load;
use super::paging::{items, with_limit};
use super::scalars::DateTime;

/// Days that are looked at unless the client says which.
const DAYS: i64 = 30;
/// Days that can be looked at.
const LONGEST: i64 = 366;

/// Which time, and of what. Without times, the last 30 days; at most 366 days.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StatisticsFilter {
    /// Ended at this time or after.
    since: Option<DateTime>,
    /// Ended before this time.
    until: Option<DateTime>,
    /// Of this module.
    name: Option<String>,
    /// Of this stream.
    stream: Option<String>,
    /// Of this owner.
    owner: Option<String>,
    /// Of this source package.
    package: Option<String>,
}

/// Parts of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Period {
    /// Days.
    Day,
    /// Months.
    Month,
}

/// How builds went.
#[derive(Clone, Debug, SimpleObject)]
pub struct Outcomes {
    /// Day (`2026-11-22`) or month (`2026-11`) in which they ended; null where time was not divided.
    period: Option<String>,
    /// Module or package; null where it was not asked for each.
    name: Option<String>,
    /// How many ended.
    ended: i64,
    /// How many of them succeeded.
    succeeded: i64,
    /// The part that succeeded, from 0 to 1.
    success_rate: f64,
    /// Seconds that those that succeeded took on average; null where none did.
    average_seconds: Option<f64>,
    /// The longest of them, in seconds.
    longest_seconds: Option<f64>,
    /// Seconds that all of them took together, whether they succeeded or not.
    total_seconds: f64,
}

/// Statistics of builds that have ended.
pub struct Statistics {
    filter: StatisticsFilter,
    since: NaiveDateTime,
    until: NaiveDateTime,
}

impl Statistics {
    /// Unless the time is too long.
    pub fn new(context: &Context<'_>, filter: Option<StatisticsFilter>) -> Result<Self> {
        let loaders = load::of(context);
        loaders.note_volatile();
        let filter = filter.unwrap_or_default();
        let texts = [&filter.name, &filter.stream, &filter.owner, &filter.package];
        if texts.into_iter().flatten().any(|text| text.contains('\0')) {
            return Err(invalid("A NUL character is in no name"));
        }
        let until = filter.until.map_or_else(|| loaders.app().clock.now(), |time| time.0);
        let since = filter.since.map_or_else(|| until - TimeDelta::days(DAYS), |time| time.0);
        let days = (until - since).num_days();
        if days > LONGEST {
            let error =
                coded("TIME_LIMIT", format!("{days} days are more than the {LONGEST} that statistics can be of"));
            let size = |days| usize::try_from(days).unwrap_or_default();
            return Err(with_limit(error, size(LONGEST), size(days)));
        }
        Ok(Self { filter, since, until })
    }
}

/// Statistics of builds that have ended.
#[Object]
impl Statistics {
    /// The time that is looked at begins here.
    async fn since(&self) -> DateTime {
        DateTime(self.since)
    }

    /// And ends here.
    async fn until(&self) -> DateTime {
        DateTime(self.until)
    }

    /// Module builds, from submission to the end: all together, by period, by module, or by both. Most total time first.
    #[graphql(complexity = "at_most(5000, items(first, None), child_complexity)")]
    async fn module_builds(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Divide time.")] by: Option<Period>,
        #[graphql(desc = "Tell modules apart.", default)] by_name: bool,
        #[graphql(desc = "At most so many; 10 unless said otherwise.")] first: Option<i32>,
    ) -> Result<Vec<Outcomes>> {
        if self.filter.package.is_some() {
            return Err(invalid("Module builds are of no package"));
        }
        let numbers = |states: &[ModuleState]| {
            states.iter().map(|state| state.number().to_string()).collect::<Vec<_>>().join(",")
        };
        let (good, failed) = (numbers(&[ModuleState::Done, ModuleState::Ready]), ModuleState::Failed.number());
        let (ended, garbage) = (format!("{good},{failed}"), ModuleState::Garbage.number());
        // What was retired or cleaned away since is what it was before.
        let was_failed = format!(
            "EXISTS (SELECT 1 FROM module_builds_trace AS last WHERE last.module_id = build.id AND last.state = {failed}
                AND last.id = (SELECT MAX(id) FROM module_builds_trace
                    WHERE module_id = build.id AND state IN ({ended})))"
        );
        let what = What {
            table: "module_builds AS build".to_owned(),
            from: "build.time_submitted",
            to: "build.time_completed",
            name: "build.name",
            good: format!("(build.state IN ({good}) OR (build.state = {garbage} AND NOT {was_failed}))"),
            condition: format!("build.state IN ({ended},{garbage})"),
        };
        self.read(context, &what, (by, by_name), first).await
    }

    /// Components, from the start of their build to its end: all together, by period, by package, or by both. Most total time first.
    /// What was taken over took no time and is left out.
    #[graphql(complexity = "at_most(5000, items(first, None), child_complexity)")]
    async fn component_builds(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Divide time.")] by: Option<Period>,
        #[graphql(desc = "Tell packages apart.", default)] by_name: bool,
        #[graphql(desc = "At most so many; 10 unless said otherwise.")] first: Option<i32>,
    ) -> Result<Vec<Outcomes>> {
        let (good, failed) = (ComponentState::Complete.number(), ComponentState::Failed.number());
        let what = What {
            table: "component_builds AS component JOIN module_builds AS build ON build.id = component.module_id"
                .to_owned(),
            from: "component.time_started",
            to: "component.time_finished",
            name: "component.package",
            good: format!("component.state = {good}"),
            condition: format!("component.state IN ({good}, {failed}) AND component.reused_component_id IS NULL"),
        };
        self.read(context, &what, (by, by_name), first).await
    }
}

/// What is counted.
struct What {
    table: String,
    from: &'static str,
    to: &'static str,
    name: &'static str,
    good: String,
    condition: String,
}

impl Statistics {
    async fn read(
        &self,
        context: &Context<'_>,
        what: &What,
        (by, by_name): (Option<Period>, bool),
        first: Option<i32>,
    ) -> Result<Vec<Outcomes>> {
        let app = load::of(context).app();
        let most = app.config.graphql.list;
        let size = usize::try_from(first.unwrap_or(super::paging::DEFAULT)).unwrap_or(usize::MAX);
        if size > most {
            let error = coded("LIST_LIMIT", format!("`first` has to be from 0 to {most}"));
            return Err(with_limit(error, most, size));
        }
        let (text, values) = self.statement(what, (by, by_name), size, app.db.get_database_backend());
        let statement = Statement::from_sql_and_values(app.db.get_database_backend(), text, values);
        let rows = app.db.query_all_raw(statement).await.told()?;
        rows.iter().map(outcomes).collect::<Result<_, _>>().told()
    }

    fn statement(
        &self,
        what: &What,
        (by, by_name): (Option<Period>, bool),
        size: usize,
        backend: DbBackend,
    ) -> (String, Vec<Value>) {
        let What { table, from, to, name, good, condition } = what;
        let on_postgresql = backend == DbBackend::Postgres;
        let seconds = if on_postgresql {
            format!("CAST(EXTRACT(EPOCH FROM {to} - {from}) AS DOUBLE PRECISION)")
        } else {
            format!("(JULIANDAY({to}) - JULIANDAY({from})) * 86400.0")
        };
        let period = by.map(|period| match (period, on_postgresql) {
            (Period::Day, true) => format!("TO_CHAR({to}, 'YYYY-MM-DD')"),
            (Period::Month, true) => format!("TO_CHAR({to}, 'YYYY-MM')"),
            (Period::Day, false) => format!("STRFTIME('%Y-%m-%d', {to})"),
            (Period::Month, false) => format!("STRFTIME('%Y-%m', {to})"),
        });
        let nothing = || "CAST(NULL AS TEXT)".to_owned();
        let groups: Vec<_> = period.iter().cloned().chain(by_name.then(|| (*name).to_owned())).collect();
        let (conditions, values) = self.conditions(what, backend);
        let mut text = format!(
            "SELECT {}, {}, COUNT(*), SUM(CASE WHEN {good} THEN 1 ELSE 0 END), AVG(CASE WHEN {good} THEN {seconds} END),
                MAX(CASE WHEN {good} THEN {seconds} END), COALESCE(SUM({seconds}), 0.0) AS total
            FROM {table} WHERE {condition} AND {conditions}",
            period.clone().unwrap_or_else(nothing),
            if by_name { (*name).to_owned() } else { nothing() },
        );
        if !groups.is_empty() {
            text = format!("{text} GROUP BY {}", groups.join(", "));
        }
        let order = if by.is_some() && !by_name { "1, total DESC" } else { "total DESC, 1, 2" };
        text = format!("{text} ORDER BY {order} LIMIT {size}");
        (text, values)
    }

    fn conditions(&self, what: &What, backend: DbBackend) -> (String, Vec<Value>) {
        // SQLite compares times as text.
        let time = |time: NaiveDateTime| match backend {
            DbBackend::Postgres => Value::from(time),
            _ => Value::from(time.format("%Y-%m-%d %H:%M:%S").to_string()),
        };
        let mut conditions = vec![format!("{} >= $1", what.to), format!("{} < $2", what.to)];
        let mut values = vec![time(self.since), time(self.until)];
        let filter = &self.filter;
        let texts = [
            ("build.name", &filter.name),
            ("build.stream", &filter.stream),
            ("build.owner", &filter.owner),
            ("component.package", &filter.package),
        ];
        for (column, text) in texts {
            if let Some(text) = text {
                values.push(text.as_str().into());
                conditions.push(format!("{column} = ${}", values.len()));
            }
        }
        (conditions.join(" AND "), values)
    }
}

fn outcomes(row: &QueryResult) -> Result<Outcomes, sea_orm::DbErr> {
    let ended: i64 = row.try_get_by_index(2)?;
    let succeeded: i64 = row.try_get_by_index::<Option<i64>>(3)?.unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let success_rate = if ended == 0 { 0.0 } else { succeeded as f64 / ended as f64 };
    Ok(Outcomes {
        period: row.try_get_by_index(0)?,
        name: row.try_get_by_index(1)?,
        ended,
        succeeded,
        success_rate,
        average_seconds: row.try_get_by_index(4)?,
        longest_seconds: row.try_get_by_index(5)?,
        total_seconds: row.try_get_by_index(6)?,
    })
}
