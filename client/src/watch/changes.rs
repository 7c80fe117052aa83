//! What happened between two snapshots of a build.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::snapshot::Snapshot;
use crate::model::{Build, Component, TraceEntry, component_state};
use crate::progress::Estimate;

/// Something that a watcher wants to know; with `--json` it is printed as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// A build entered a state. `old` is null when it is seen for the first time.
    Build {
        build: i64,
        module: String,
        old: Option<String>,
        new: String,
        reason: Option<String>,
        time: Option<DateTime<Utc>>,
    },
    /// A build began a batch.
    /// `left`: how long the components still take, in words, where the service tells.
    Batch { build: i64, module: String, batch: i64, left: Option<String>, time: Option<DateTime<Utc>> },
    /// A component entered a state. `seconds`: how long it was built, when it was.
    Component {
        build: i64,
        module: String,
        component: String,
        batch: Option<i64>,
        old: String,
        new: String,
        reason: Option<String>,
        seconds: Option<i64>,
        time: Option<DateTime<Utc>>,
    },
    /// A build ended, `seconds` after its submission.
    Finished {
        build: i64,
        module: String,
        state: String,
        reason: Option<String>,
        seconds: Option<i64>,
        time: Option<DateTime<Utc>>,
    },
    /// The service does not answer and is waited for, `patience` seconds at most.
    Unreachable { reason: String, patience: u64 },
    /// It answers again.
    Reachable,
}

/// What has been reported of one build.
#[derive(Debug, Default)]
pub struct Changes {
    state: Option<String>,
    batch: i64,
    components: HashMap<i64, Reported>,
}

/// How far one component has been reported: entries of its trace, and its state after them.
#[derive(Debug, Default)]
struct Reported {
    entries: usize,
    state: Option<i64>,
}

impl Changes {
    /// What is new in `snapshot`, in the order in which it happened. `now` is the service's time.
    pub fn advance(&mut self, snapshot: &Snapshot, now: Option<DateTime<Utc>>) -> Vec<Event> {
        let build = &snapshot.build;
        let mut events = Vec::new();
        let state = self.state_change(build, now);
        let over = matches!(build.state(), "done" | "ready" | "failed" | "garbage");
        if !over {
            events.extend(state.clone());
            let left = snapshot.progress.estimate.as_ref().map(Estimate::sentence);
            events.extend(self.batch_change(build, left, now));
        }
        events.extend(self.component_changes(snapshot, now));
        if over {
            events.extend(state.clone());
            events.extend(state.and_then(|_| finished(build, now)));
        }
        events
    }

    fn state_change(&mut self, build: &Build, now: Option<DateTime<Utc>>) -> Option<Event> {
        let new = build.state().to_owned();
        if self.state.as_ref() == Some(&new) {
            return None;
        }
        let old = self.state.replace(new.clone());
        let (module, reason) = (build.nsvc(), build.state_reason.clone());
        let time = build.verdict().and(build.time_completed).or(now);
        Some(Event::Build { build: build.id, module, old, new, reason, time })
    }

    fn batch_change(&mut self, build: &Build, left: Option<String>, now: Option<DateTime<Utc>>) -> Option<Event> {
        let batch = build.batch.unwrap_or(0);
        let began = batch > self.batch;
        self.batch = batch;
        began.then(|| Event::Batch { build: build.id, module: build.nsvc(), batch, left, time: now })
    }

    fn component_changes(&mut self, snapshot: &Snapshot, now: Option<DateTime<Utc>>) -> Vec<Event> {
        let mut events: Vec<(Option<DateTime<Utc>>, Event)> = Vec::new();
        for component in &snapshot.components {
            let reported = self.components.entry(component.id).or_default();
            events.extend(reported.advance(&snapshot.build, component, now));
        }
        // Stable: what happened in the same second stays in the order of batch and name.
        events.sort_by_key(|(time, _)| *time);
        events.into_iter().map(|(_, event)| event).collect()
    }
}

impl Reported {
    fn advance(
        &mut self,
        build: &Build,
        component: &Component,
        now: Option<DateTime<Utc>>,
    ) -> Vec<(Option<DateTime<Utc>>, Event)> {
        let trace = &component.state_trace;
        let known = self.entries.min(trace.len());
        let mut steps: Vec<(Option<i64>, TraceEntry, Option<i64>)> = Vec::new();
        for (at, entry) in trace.iter().enumerate().skip(known) {
            steps.push((self.state, entry.clone(), seconds_of(trace, at)));
            self.state = entry.state;
        }
        self.entries = trace.len();
        if self.state != component.state {
            // A service that keeps no trace, or has not written it yet.
            let entry = TraceEntry { state: component.state, reason: component.state_reason.clone(), time: now };
            steps.push((self.state, entry, None));
            self.state = component.state;
        }
        let told = steps.into_iter().filter(|(old, entry, _)| *old != entry.state);
        told.map(|(old, entry, seconds)| (entry.time, event(build, component, old, entry, seconds))).collect()
    }
}

/// How long the component was built until the entry at `at`, if it was being built before.
fn seconds_of(trace: &[TraceEntry], at: usize) -> Option<i64> {
    let before = trace.get(at.checked_sub(1)?)?;
    let begun = before.time.filter(|_| before.state == Some(crate::model::BUILDING))?;
    Some((trace[at].time? - begun).num_seconds().max(0))
}

fn event(build: &Build, component: &Component, old: Option<i64>, entry: TraceEntry, seconds: Option<i64>) -> Event {
    Event::Component {
        build: build.id,
        module: build.nsvc(),
        component: component.package.clone(),
        batch: component.batch,
        old: component_state(old),
        new: component_state(entry.state),
        reason: entry.reason,
        seconds,
        time: entry.time,
    }
}

fn finished(build: &Build, now: Option<DateTime<Utc>>) -> Option<Event> {
    build.verdict()?;
    let (module, state) = (build.nsvc(), build.state().to_owned());
    let time = build.time_completed.or(now);
    Some(Event::Finished {
        build: build.id,
        module,
        state,
        reason: build.state_reason.clone(),
        seconds: build.seconds(now),
        time,
    })
}

#[cfg(test)]
mod tests {
    use super::super::lines::line;
    use super::*;
    use crate::model::read;
    use crate::progress::Progress;
    use serde_json::{Value, json};

    fn snapshot(build: &Value, components: &Value) -> Snapshot {
        Snapshot { build: read(build).unwrap(), components: read(components).unwrap(), progress: Progress::default() }
    }

    fn told(changes: &mut Changes, build: &Value, components: &Value) -> Vec<String> {
        let now = Some("2026-11-22T10:01:00Z".parse().unwrap());
        changes.advance(&snapshot(build, components), now).iter().filter_map(line).collect()
    }

    fn build(state: &str, batch: i64) -> Value {
        json!({"id": 3, "name": "m", "stream": "1", "version": "2", "context": "c", "state_name": state, "batch": batch,
               "time_submitted": "2026-11-22T10:00:00Z", "time_completed": "2026-11-22T10:00:41Z"})
    }

    #[test]
    fn every_change_is_told_once_even_those_between_two_polls() {
        let mut changes = Changes::default();
        assert_eq!(told(&mut changes, &build("wait", 0), &json!([])), ["2026-11-22T10:01:00Z  #3  m:1:2:c: wait"]);
        let waiting = json!([{"id": 1, "package": "a", "batch": 2, "state": null,
                              "state_trace": [{"state": null, "time": "2026-11-22T10:00:10Z"}]}]);
        let batch = ["2026-11-22T10:01:00Z  #3  m:1:2:c: wait → build", "2026-11-22T10:01:00Z  #3  batch 2"];
        assert_eq!(told(&mut changes, &build("build", 2), &waiting), batch);
        assert!(told(&mut changes, &build("build", 2), &waiting).is_empty());
        let ended = json!([{"id": 1, "package": "a", "batch": 2, "state": 1, "state_trace": [
            {"state": null, "time": "2026-11-22T10:00:10Z"}, {"state": 0, "time": "2026-11-22T10:00:20Z", "reason": "Building a"},
            {"state": 1, "time": "2026-11-22T10:00:32Z"}, {"state": 1, "reason": "tagged", "time": "2026-11-22T10:00:33Z"}]}]);
        let expected = [
            "2026-11-22T10:00:20Z  #3  a: waiting → building (Building a)",
            "2026-11-22T10:00:32Z  #3  a: building → complete, 12 s",
            "2026-11-22T10:00:41Z  #3  m:1:2:c: build → ready",
            "2026-11-22T10:00:41Z  #3  m:1:2:c is ready after 41 s",
        ];
        assert_eq!(told(&mut changes, &build("ready", 2), &ended), expected);
        assert!(told(&mut changes, &build("ready", 2), &ended).is_empty());
    }

    #[test]
    fn changes_of_several_components_are_told_in_the_order_of_time() {
        let components = json!([
            {"id": 1, "package": "a", "state": 0, "state_trace": [{"state": 0, "time": "2026-11-22T10:00:09Z"}]},
            {"id": 2, "package": "b", "state": 0, "state_trace": [{"state": 0, "time": "2026-11-22T10:00:08Z"}]}]);
        let told = told(&mut Changes::default(), &build("build", 0), &components);
        assert!(told[1].contains("b: waiting → building") && told[2].contains("a: waiting → building"), "{told:?}");
    }

    #[test]
    fn works_without_traces() {
        let mut changes = Changes::default();
        let component = |state: Value| json!([{"id": 1, "package": "a", "state": state, "state_reason": "why"}]);
        assert_eq!(told(&mut changes, &build("build", 0), &component(Value::Null)).len(), 1);
        let expected = ["2026-11-22T10:01:00Z  #3  a: waiting → failed (why)"];
        assert_eq!(told(&mut changes, &build("build", 0), &component(json!(3))), expected);
        let expected = ["2026-11-22T10:01:00Z  #3  a: failed → state 9 (why)"];
        assert_eq!(told(&mut changes, &build("build", 0), &component(json!(9))), expected);
    }

    #[test]
    fn a_change_for_scripts() {
        let components = json!([{"id": 1, "package": "a", "batch": 2, "state": 0, "state_trace": [{"state": 0, "time": "2026-11-22T10:00:09Z"}]}]);
        let events = Changes::default().advance(&snapshot(&build("build", 0), &components), None);
        assert_eq!(
            serde_json::to_value(&events[1]).unwrap(),
            json!({"event": "component", "build": 3, "module": "m:1:2:c", "component": "a", "batch": 2, "old": "waiting",
                   "new": "building", "reason": null, "seconds": null, "time": "2026-11-22T10:00:09Z"})
        );
        assert_eq!(serde_json::to_value(Event::Reachable).unwrap(), json!({"event": "reachable"}));
    }
}
