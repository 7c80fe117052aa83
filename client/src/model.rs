//! What the service says about builds and components: the fields that this program reads. Unknown fields are ignored, and
//! all but the ids may be missing, so that older and newer services can be talked to.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// A module build, as `GET module-builds/ID` describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Build {
    /// Its number.
    pub id: i64,
    /// Module name.
    #[serde(default)]
    pub name: Option<String>,
    /// Module stream.
    #[serde(default)]
    pub stream: Option<String>,
    /// Version, a number of up to 20 digits as text.
    #[serde(default)]
    pub version: Option<String>,
    /// Context, eight hexadecimal digits.
    #[serde(default)]
    pub context: Option<String>,
    /// `init`, `wait`, `build`, `done`, `failed`, `ready` or `garbage`.
    #[serde(default)]
    pub state_name: Option<String>,
    /// Why it is in this state.
    #[serde(default)]
    pub state_reason: Option<String>,
    /// The batch that is being built; 0 before the first.
    #[serde(default)]
    pub batch: Option<i64>,
    /// Who submitted it.
    #[serde(default)]
    pub owner: Option<String>,
    /// A scratch build ends in `done` and is never released.
    #[serde(default)]
    pub scratch: Option<bool>,
    /// Where the build system keeps it.
    #[serde(default)]
    pub koji_tag: Option<String>,
    /// The git repository and commit that it was submitted from.
    #[serde(default)]
    pub scmurl: Option<String>,
    /// When it was submitted.
    #[serde(default)]
    pub time_submitted: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default)]
    pub time_completed: Option<DateTime<Utc>>,
    /// Format (`rpms`) to package to what became of it.
    #[serde(default)]
    pub tasks: Map<String, Value>,
}

impl Build {
    /// `name:stream:version:context`, as far as known.
    pub fn nsvc(&self) -> String {
        let parts = [&self.name, &self.stream, &self.version, &self.context];
        parts.into_iter().map_while(|part| part.as_deref()).collect::<Vec<_>>().join(":")
    }

    /// The state's name, `unknown` if the service gave none.
    pub fn state(&self) -> &str {
        self.state_name.as_deref().unwrap_or("unknown")
    }

    /// Whether the build is over, and then whether it went well.
    pub fn verdict(&self) -> Option<bool> {
        match self.state() {
            "ready" => Some(true),
            "done" if self.scratch == Some(true) => Some(true),
            "failed" | "garbage" => Some(false),
            _ => None,
        }
    }

    /// How many components are over (built or not), and how many there are.
    pub fn component_counts(&self) -> (usize, usize) {
        let packages = || self.tasks.values().filter_map(Value::as_object).flat_map(Map::values);
        let over = packages().filter(|task| task["state"].as_i64().is_some_and(|state| state != BUILDING));
        (over.count(), packages().count())
    }

    /// Seconds from the submission to the end, or to `now` while it goes on.
    pub fn seconds(&self, now: Option<DateTime<Utc>>) -> Option<i64> {
        let end = self.verdict().and(self.time_completed).or(now)?;
        Some((end - self.time_submitted?).num_seconds())
    }
}

/// The number of the component state BUILDING.
pub const BUILDING: i64 = 0;

/// A component of a module build, as `GET component-builds/?verbose=true` describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Component {
    /// Its number.
    pub id: i64,
    /// Source package name.
    #[serde(default)]
    pub package: String,
    /// 0 BUILDING, 1 COMPLETE, 2 DELETED, 3 FAILED, 4 CANCELED, none before it was started.
    #[serde(default)]
    pub state: Option<i64>,
    /// Why it is in this state.
    #[serde(default)]
    pub state_reason: Option<String>,
    /// The batch that it is built in.
    #[serde(default)]
    pub batch: Option<i64>,
    /// Name, version and release of what was built.
    #[serde(default)]
    pub nvr: Option<String>,
    /// The states it went through, oldest first.
    #[serde(default)]
    pub state_trace: Vec<TraceEntry>,
}

/// A state that a component entered.
#[derive(Clone, Debug, Deserialize)]
pub struct TraceEntry {
    /// As [`Component::state`].
    #[serde(default)]
    pub state: Option<i64>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// When.
    #[serde(default)]
    pub time: Option<DateTime<Utc>>,
}

impl Component {
    /// Seconds that its last build took, or has taken up to `now`. None if it was never started (reused, or waiting).
    pub fn seconds(&self, now: Option<DateTime<Utc>>) -> Option<i64> {
        let start = self.state_trace.iter().rposition(|entry| entry.state == Some(BUILDING))?;
        let end = match self.state_trace.get(start + 1) {
            Some(end) => end.time,
            None => now,
        };
        Some((end? - self.state_trace[start].time?).num_seconds().max(0))
    }
}

/// What people call a component's state.
pub fn component_state(state: Option<i64>) -> String {
    match state {
        None => "waiting".into(),
        Some(0) => "building".into(),
        Some(1) => "complete".into(),
        Some(2) => "deleted".into(),
        Some(3) => "failed".into(),
        Some(4) => "canceled".into(),
        Some(other) => format!("state {other}"),
    }
}

/// Reads a part of an answer as a `T`.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Failure> {
    T::deserialize(value)
        .map_err(|error| Failure::Unreachable(format!("cannot read the answer of the service: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn build(value: &Value) -> Build {
        read(value).unwrap()
    }

    #[test]
    fn verdicts() {
        let verdict =
            |state: &str, scratch: bool| build(&json!({"id": 1, "state_name": state, "scratch": scratch})).verdict();
        assert_eq!(verdict("ready", false), Some(true));
        assert_eq!(verdict("done", false), None);
        assert_eq!(verdict("done", true), Some(true));
        assert_eq!(verdict("failed", true), Some(false));
        assert_eq!(verdict("wait", false), None);
    }

    #[test]
    fn counts_components_that_are_over() {
        let tasks =
            json!({"rpms": {"a": {"state": 1}, "b": {"state": 3}, "c": {"state": 0}, "d": {"state": null}, "e": 7}});
        assert_eq!(build(&json!({"id": 1, "tasks": tasks})).component_counts(), (2, 5));
    }

    #[test]
    fn seconds_are_those_of_the_last_attempt() {
        let component: Component = read(&json!({"id": 1, "package": "a", "state": 1, "state_trace": [
            {"state": null, "time": "2019-03-01T23:16:14Z"},
            {"state": 0, "time": "2019-03-01T23:16:45Z"},
            {"state": 3, "time": "2019-03-01T23:16:46Z"},
            {"state": 0, "time": "2019-03-01T23:17:00Z"},
            {"state": 1, "time": "2019-03-01T23:17:30Z"}]}))
        .unwrap();
        assert_eq!(component.seconds(None), Some(30));
    }

    #[test]
    fn a_build_of_the_wrong_shape_is_an_error_not_a_panic() {
        assert!(read::<Build>(&json!({"id": "x"})).is_err());
        assert!(read::<Build>(&json!([1, 2])).is_err());
        assert_eq!(build(&json!({"id": 1})).nsvc(), "");
    }
}
