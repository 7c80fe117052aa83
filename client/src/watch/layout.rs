//! What the terminal shows of the builds: a header with a bar for each, and a row a component as far as there is room.

use chrono::{DateTime, Utc};

use super::snapshot::Snapshot;
use crate::model::{BUILDING, Component, component_state};
use crate::progress::Estimate;
use crate::text;

/// One row of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A build, with a bar of the components that are over.
    Header { text: String, over: u64, all: u64 },
    /// A component that is being built: gets a spinner.
    Busy(String),
    /// Anything that does not move.
    Still(String),
}

/// The rows for `height` lines of terminal. `now` is the service's time.
pub fn rows(snapshots: &[&Snapshot], now: Option<DateTime<Utc>>, height: usize) -> Vec<Row> {
    let room = (height.saturating_sub(1) / snapshots.len().max(1)).saturating_sub(1);
    snapshots
        .iter()
        .flat_map(|snapshot| std::iter::once(header(snapshot, now)).chain(components(snapshot, now, room)))
        .collect()
}

fn header(snapshot: &Snapshot, now: Option<DateTime<Utc>>) -> Row {
    let build = &snapshot.build;
    let mut parts = vec![format!("#{} {}", build.id, build.nsvc()), build.state().to_owned()];
    parts.extend(
        build.batch.filter(|batch| *batch > 0 && build.verdict().is_none()).map(|batch| format!("batch {batch}")),
    );
    parts.extend(build.seconds(now).map(text::duration));
    parts.extend(snapshot.progress.estimate.as_ref().map(Estimate::sentence));
    parts.extend(build.state_reason.clone().filter(|_| build.state() == "failed"));
    let over =
        snapshot.components.iter().filter(|component| component.state.is_some_and(|state| state != BUILDING)).count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Row::Header { text: text::printable(&parts.join(", ")), over: count(over), all: count(snapshot.components.len()) }
}

/// The rows of the components. When there are more than fit, those that matter most stay: being built, failed, waiting
/// for the present batch, and so on; the last row counts the others.
fn components(snapshot: &Snapshot, now: Option<DateTime<Utc>>, room: usize) -> Vec<Row> {
    let all = &snapshot.components;
    let notes = snapshot.progress.notes();
    let row = |component: &Component, width| row(component, now, width, notes.of(component.id));
    let width = all.iter().map(|component| component.package.chars().count()).max().unwrap_or(0).min(40);
    if all.len() <= room {
        return all.iter().map(|component| row(component, width)).collect();
    }
    let batch = snapshot.build.batch.unwrap_or(0);
    let mut by_weight: Vec<usize> = (0..all.len()).collect();
    by_weight.sort_by_key(|at| (weight(&all[*at], batch), *at));
    let mut shown: Vec<usize> = by_weight.into_iter().take(room.saturating_sub(1)).collect();
    shown.sort_unstable();
    let mut rows: Vec<Row> = shown.iter().map(|at| row(&all[*at], width)).collect();
    if room > 0 {
        rows.push(Row::Still(format!("  … and {} more", all.len() - shown.len())));
    }
    rows
}

fn weight(component: &Component, batch: i64) -> u8 {
    match component.state {
        Some(BUILDING) => 0,
        Some(3) => 1,
        None if component.batch.unwrap_or(0) <= batch => 2,
        None => 3,
        Some(_) => 4,
    }
}

fn row(component: &Component, now: Option<DateTime<Utc>>, width: usize, note: &str) -> Row {
    let state = component_state(component.state);
    let time = component.seconds(now).map(text::duration).unwrap_or_default();
    let failed = matches!(component.state, Some(3 | 4));
    let reason = component.state_reason.as_deref().filter(|_| failed || note.is_empty() && component.state.is_none());
    let reason = reason.unwrap_or(note);
    let text = text::printable(&format!("{:<width$}  {state:<8}  {time:>11}  {reason}", component.package));
    let text = text.trim_end();
    match component.state {
        Some(BUILDING) => Row::Busy(text.to_owned()),
        Some(1) => Row::Still(format!("✔ {text}")),
        Some(_) => Row::Still(format!("✘ {text}")),
        None => Row::Still(format!("· {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read;
    use crate::progress::Progress;
    use serde_json::json;

    fn snapshot(components: &serde_json::Value) -> Snapshot {
        let build = json!({"id": 3, "name": "m", "stream": "1", "version": "2", "context": "c", "state_name": "build",
                           "batch": 2, "time_submitted": "2026-11-22T10:00:00Z"});
        Snapshot { build: read(&build).unwrap(), components: read(components).unwrap(), progress: Progress::default() }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:01:05Z".parse().unwrap()
    }

    #[test]
    fn a_row_a_component() {
        let snapshot = snapshot(&json!([
            {"id": 1, "package": "macros", "state": 1, "batch": 1, "state_trace": [
                {"state": 0, "time": "2026-11-22T10:00:01Z"}, {"state": 1, "time": "2026-11-22T10:00:03Z"}]},
            {"id": 2, "package": "libgreet", "state": 0, "batch": 2, "state_trace": [{"state": 0, "time": "2026-11-22T10:00:05Z"}]},
            {"id": 3, "package": "bad", "state": 3, "batch": 2, "state_reason": "error: x\ny"},
            {"id": 4, "package": "greet", "state": null, "batch": 3}]));
        assert_eq!(
            rows(&[&snapshot], Some(now()), 24),
            [
                Row::Header { text: "#3 m:1:2:c, build, batch 2, 1 min 5 s".into(), over: 2, all: 4 },
                Row::Still("✔ macros    complete          2 s".into()),
                Row::Busy("libgreet  building  1 min 0 s".replace("  1 min", "    1 min")),
                Row::Still("✘ bad       failed                 error: x y".into()),
                Row::Still("· greet     waiting".into()),
            ]
        );
    }

    #[test]
    fn what_a_component_waits_for_is_shown() {
        let mut snapshot = snapshot(&json!([
            {"id": 2, "package": "libgreet", "state": 0, "batch": 2},
            {"id": 4, "package": "greet", "state": null, "batch": 3}]));
        snapshot.progress = read(&json!({
            "estimate": {"seconds": 40, "at_least_seconds": 40},
            "components": [
                {"id": 2, "waits_for": {"for": "build-system", "reason": "Is being built."}, "remaining_seconds": 30},
                {"id": 4, "waits_for": {"for": "components", "reason": "Waits for libgreet."}}]}))
        .unwrap();
        let rows = rows(&[&snapshot], Some(now()), 24);
        assert!(matches!(&rows[0], Row::Header { text, .. } if text.ends_with("about 40 s left")), "{rows:?}");
        assert!(matches!(&rows[1], Row::Busy(text) if text.ends_with("about 30 s left")), "{rows:?}");
        assert!(matches!(&rows[2], Row::Still(text) if text.ends_with("Waits for libgreet.")), "{rows:?}");
    }

    #[test]
    fn what_matters_stays_when_there_is_no_room() {
        let mut components: Vec<_> =
            (0..50).map(|id| json!({"id": id, "package": format!("p{id}"), "state": 1, "batch": 1})).collect();
        components[30] = json!({"id": 30, "package": "now", "state": 0, "batch": 2});
        components[40] = json!({"id": 40, "package": "broken", "state": 3, "batch": 2});
        let snapshot = snapshot(&json!(components));
        let shown = rows(&[&snapshot], Some(now()), 5);
        assert_eq!(shown.len(), 4);
        assert!(matches!(&shown[1], Row::Busy(text) if text.starts_with("now")), "{shown:?}");
        assert!(matches!(&shown[2], Row::Still(text) if text.starts_with("✘ broken")), "{shown:?}");
        assert_eq!(shown[3], Row::Still("  … and 48 more".into()));
        assert_eq!(rows(&[&snapshot, &snapshot], Some(now()), 0).len(), 2);
        assert!(rows(&[], Some(now()), 24).is_empty());
    }
}
