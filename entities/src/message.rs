//! Bodies of the messages about state changes.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use crate::{ComponentState, component_build, module_build};

/// Topic of a module's state change.
pub const MODULE_STATE_CHANGE: &str = "module.state.change";
/// Topic of a component's state change.
pub const COMPONENT_STATE_CHANGE: &str = "component.state.change";

/// Nanoseconds from which on they are those of a leap second.
const LEAP: u32 = 1_000_000_000;

/// A time as clients see it: `2026-11-22T16:01:58Z`.
pub fn timestamp(time: NaiveDateTime) -> String {
    if !(0..=9999).contains(&time.year()) {
        return time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    }
    // Answers hold thousands of times: a format that is read for each takes far longer.
    let (hour, minute, second) = (time.hour(), time.minute(), time.second() + time.nanosecond() / LEAP);
    let mut text = String::with_capacity("2026-11-22T16:01:58Z".len());
    let _written =
        write!(text, "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", time.year(), time.month(), time.day());
    text
}

/// What identifies a build, as clients see it.
pub fn module_short(build: &module_build::Model) -> Value {
    json!({
        "id": build.id,
        "state": build.state.number(),
        "state_name": build.state.name(),
        "stream": build.stream,
        "version": build.version,
        "name": build.name,
        "context": build.context,
        "scratch": build.scratch,
    })
}

/// A build without its tasks: body of [`MODULE_STATE_CHANGE`] and the larger part of what REST answers.
pub fn module(build: &module_build::Model, components: &[i32], siblings: &[i32]) -> Value {
    let mut body = module_short(build);
    let more = json!({
        "batch": build.batch,
        "component_builds": components,
        "koji_tag": build.koji_tag,
        "owner": build.owner,
        "new_repo_task_id": build.new_repo_task_id,
        "rebuild_strategy": build.rebuild_strategy,
        "scmurl": build.scmurl,
        "srpms": stored_json(build.srpms.as_deref(), json!([])),
        "siblings": siblings,
        "state_reason": build.state_reason,
        "time_completed": build.time_completed.map(timestamp),
        "time_modified": build.time_modified.map(timestamp),
        "time_submitted": timestamp(build.time_submitted),
        "buildrequires": stored_json(build.buildrequires_json.as_deref(), json!({})),
    });
    merge(&mut body, more);
    body
}

/// A component: body of [`COMPONENT_STATE_CHANGE`] and what REST answers.
pub fn component(build: &component_build::Model) -> Value {
    json!({
        "id": build.id,
        "package": build.package,
        "format": build.format,
        "task_id": build.task_id,
        "state": build.state.map(ComponentState::number),
        "state_name": build.state.and_then(ComponentState::name),
        "state_reason": build.state_reason,
        "module_build": build.module_id,
        "nvr": build.nvr,
    })
}

/// The body of [`MODULE_STATE_CHANGE`] for a row, with what it needs from other tables.
pub async fn module_with_ids<C: ConnectionTrait>(db: &C, build: &module_build::Model) -> Result<Value, DbErr> {
    let components: Vec<i32> = component_build::Entity::find()
        .select_only()
        .column(component_build::Column::Id)
        .filter(component_build::Column::ModuleId.eq(build.id))
        .order_by_asc(component_build::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(module(build, &components, &siblings(db, build).await?))
}

/// Other contexts of the same name, stream and version.
pub async fn siblings<C: ConnectionTrait>(db: &C, build: &module_build::Model) -> Result<Vec<i32>, DbErr> {
    use module_build::Column;
    // Sorted here: for the sake of the order, SQLite would read all builds of the name.
    let mut ids: Vec<i32> = module_build::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Name.eq(&build.name))
        .filter(Column::Stream.eq(&build.stream))
        .filter(Column::Version.eq(&build.version))
        .filter(Column::Scratch.eq(build.scratch))
        .filter(Column::Id.ne(build.id))
        .into_tuple()
        .all(db)
        .await?;
    ids.sort_unstable();
    Ok(ids)
}

/// Adds the members of `more` to `body`; both are objects.
pub fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

fn stored_json(text: Option<&str>, missing: Value) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_format_says() {
        let texts = [
            "2026-11-22T16:01:58.123456",
            "0005-01-02T03:04:05",
            "2016-12-31T23:59:60.5",
            "9999-12-31T23:59:59",
            "+10000-01-01T00:00:00",
            "-0001-06-07T08:09:10",
        ];
        for text in texts {
            let time: NaiveDateTime = text.parse().unwrap();
            assert_eq!(timestamp(time), time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        }
    }
}
