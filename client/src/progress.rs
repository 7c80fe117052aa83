//! How far a build is, as `GET module-builds/ID/progress` tells it: what each component waits for, why it failed, and how long the
//! rest will take. Services that do not know it are read as if they had nothing to tell.

use std::collections::HashMap;

use serde::Deserialize;

use crate::text;

/// What the service says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// How long the components still take.
    pub estimate: Option<Estimate>,
    components: Vec<Part>,
}

/// How long the components of a build still take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Estimate {
    seconds: Option<i64>,
    at_least_seconds: i64,
    unknown: Vec<String>,
    critical_path: Vec<String>,
}

/// A component.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Part {
    id: i64,
    waits_for: Option<Wait>,
    failure: Option<Verdict>,
    remaining_seconds: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wait {
    #[serde(rename = "for")]
    what: String,
    reason: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Verdict {
    verdict: String,
}

/// What is told of the components, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Notes(HashMap<i64, String>);

impl Progress {
    /// What is told of each component: what it waits for or how long it still takes, or who has to act on its failure.
    pub fn notes(&self) -> Notes {
        Notes(self.components.iter().filter_map(|part| Some((part.id, part.note()?))).collect())
    }
}

impl Notes {
    /// What is told of a component; empty if that is nothing.
    pub fn of(&self, id: i64) -> &str {
        self.0.get(&id).map_or("", String::as_str)
    }
}

impl Part {
    fn note(&self) -> Option<String> {
        if let Some(failure) = self.failure.as_ref().filter(|_| self.waits_for.is_none()) {
            return Some(format!("[{}]", failure.verdict));
        }
        let wait = self.waits_for.as_ref()?;
        match (wait.what.as_str(), self.remaining_seconds) {
            ("build-system", Some(0)) => Some("takes longer than usual".to_owned()),
            ("build-system", Some(seconds)) => Some(format!("about {} left", text::duration(seconds))),
            ("build-system", None) => None,
            _ => Some(wait.reason.clone()),
        }
    }
}

impl Estimate {
    /// In a few words.
    pub fn sentence(&self) -> String {
        match self.seconds {
            Some(seconds) => format!("about {} left", text::duration(seconds)),
            None if self.at_least_seconds > 0 => {
                format!("at least {} left, {}", text::duration(self.at_least_seconds), self.of_unknown())
            }
            None => format!("time left is unknown, {}", self.of_unknown()),
        }
    }

    /// With what decides it.
    pub fn explained(&self) -> String {
        let path = self.critical_path.join(" → ");
        if path.is_empty() { self.sentence() } else { format!("{} ({path})", self.sentence()) }
    }

    fn of_unknown(&self) -> String {
        match &self.unknown[..] {
            [one] => format!("nothing is known of {one}"),
            many => format!("nothing is known of {} components", many.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read;
    use serde_json::json;

    fn estimate(value: &serde_json::Value) -> Estimate {
        read(value).unwrap()
    }

    #[test]
    fn what_is_unknown_is_said_to_be() {
        let known = json!({"seconds": 125, "at_least_seconds": 125, "unknown": [], "critical_path": ["a", "b"]});
        assert_eq!(estimate(&known).explained(), "about 2 min 5 s left (a → b)");
        let partly = json!({"seconds": null, "at_least_seconds": 60, "unknown": ["a", "b"], "critical_path": []});
        assert_eq!(estimate(&partly).explained(), "at least 1 min 0 s left, nothing is known of 2 components");
        let nothing = json!({"seconds": null, "at_least_seconds": 0, "unknown": ["a"]});
        assert_eq!(estimate(&nothing).sentence(), "time left is unknown, nothing is known of a");
    }

    #[test]
    fn a_note_a_component() {
        let wait = |what: &str, reason: &str| json!({"for": what, "reason": reason});
        let progress: Progress = read(&json!({"components": [
            {"id": 1, "waits_for": wait("build-system", "Is being built."), "remaining_seconds": 30},
            {"id": 2, "waits_for": wait("build-system", "Is being built."), "remaining_seconds": 0},
            {"id": 3, "waits_for": wait("build-system", "Is being built."), "remaining_seconds": null},
            {"id": 4, "waits_for": wait("components", "Waits for a."), "remaining_seconds": 7},
            {"id": 5, "failure": {"verdict": "user"}},
            {"id": 6, "waits_for": wait("retry", "Waits for retry 1 of 10."), "failure": {"verdict": "infra"}}]}))
        .unwrap();
        let notes = progress.notes();
        let told: Vec<&str> = (1..8).map(|id| notes.of(id)).collect();
        let expected = [
            "about 30 s left",
            "takes longer than usual",
            "",
            "Waits for a.",
            "[user]",
            "Waits for retry 1 of 10.",
            "",
        ];
        assert_eq!(told, expected);
    }
}
