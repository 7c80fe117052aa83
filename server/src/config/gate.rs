//! The gate between `done` and `ready`.
//!
//! Options: `GATE`, `GATE_GROUPS`, `GATE_INTERVAL_SECONDS`, `GREENWAVE_URL`, `GREENWAVE_DECISION_CONTEXT`, `GREENWAVE_SUBJECT_TYPE`,
//! `GREENWAVE_TIMEOUT`. The names of Greenwave's are those that the Python service had before 3.0.

use std::collections::BTreeSet;
use std::time::Duration;

use super::option::{Definition, Group, Kind};
use super::product_pages::check_url;
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Gate", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "GATE",
        Kind::Choice(&["none", "hook", "greenwave"]),
        "none",
        "Who decides that a build that is done becomes ready: `none` makes it ready at once, with `hook` somebody opens the gate over REST, `greenwave` asks Greenwave.",
    ),
    Definition::new(
        "GATE_GROUPS",
        Kind::List,
        "[]",
        "Groups whose members may open the gate over REST, whichever it is; members of `ADMIN_GROUPS` may, too.",
    ),
    Definition::new(
        "GATE_INTERVAL_SECONDS",
        Kind::Int(1, 86400),
        "60",
        "Seconds between two questions to the gate about one build.",
    ),
    Definition::new("GREENWAVE_URL", Kind::Text, "", "Address of Greenwave's API, for `GATE: greenwave`.")
        .checked(check_url),
    Definition::new("GREENWAVE_DECISION_CONTEXT", Kind::Text, "", "The decision context that Greenwave is asked for."),
    Definition::new(
        "GREENWAVE_SUBJECT_TYPE",
        Kind::Text,
        "redhat-module",
        "What Greenwave is told that a module build is; its identifier is `name-stream-version.context`.",
    ),
    Definition::new("GREENWAVE_TIMEOUT", Kind::Int(1, 3600), "60", "Seconds that Greenwave gets for one answer."),
];

/// The gate between `done` and `ready`.
#[derive(Clone, Debug)]
pub struct Gate {
    /// `GATE`.
    pub kind: GateKind,
    /// `GATE_GROUPS`.
    pub groups: BTreeSet<String>,
    /// `GATE_INTERVAL_SECONDS`.
    pub interval: Duration,
    /// Where and what to ask.
    pub greenwave: Greenwave,
}

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// Nobody.
    None,
    /// Somebody tells over REST.
    Hook,
    /// Greenwave.
    Greenwave,
}

/// Where Greenwave is and what it is asked.
#[derive(Clone, Debug)]
pub struct Greenwave {
    /// `GREENWAVE_URL` without a slash at its end.
    pub url: String,
    /// `GREENWAVE_DECISION_CONTEXT`.
    pub decision_context: String,
    /// `GREENWAVE_SUBJECT_TYPE`.
    pub subject_type: String,
    /// `GREENWAVE_TIMEOUT`.
    pub timeout: Duration,
}

impl Gate {
    pub(super) fn new(settings: &Settings) -> Self {
        let kind = match settings.text("GATE").as_str() {
            "hook" => GateKind::Hook,
            "greenwave" => GateKind::Greenwave,
            _ => GateKind::None,
        };
        Self {
            kind,
            groups: settings.list("GATE_GROUPS"),
            interval: settings.seconds("GATE_INTERVAL_SECONDS"),
            greenwave: Greenwave {
                url: settings.text("GREENWAVE_URL").trim_end_matches('/').to_owned(),
                decision_context: settings.text("GREENWAVE_DECISION_CONTEXT"),
                subject_type: settings.text("GREENWAVE_SUBJECT_TYPE"),
                timeout: settings.seconds("GREENWAVE_TIMEOUT"),
            },
        }
    }

    /// Options that Greenwave cannot be asked without and that are empty.
    pub(super) fn missing(&self) -> impl Iterator<Item = &'static str> {
        let greenwave = &self.greenwave;
        let needed = [("GREENWAVE_URL", &greenwave.url), ("GREENWAVE_DECISION_CONTEXT", &greenwave.decision_context)];
        let is_asked = self.kind == GateKind::Greenwave;
        needed.into_iter().filter(move |(_, value)| is_asked && value.is_empty()).map(|(name, _)| name)
    }
}
