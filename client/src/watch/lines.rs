//! Events as lines of text, for logs and pipes.

use chrono::{DateTime, SecondsFormat, Utc};

use super::changes::Event;
use crate::text;

/// The line for standard output: `TIME  #BUILD  WHAT: OLD → NEW, SECONDS (REASON)`. None for [`notice`]s.
pub fn line(event: &Event) -> Option<String> {
    let (time, build, what) = match event {
        Event::Build { build, module, old, new, reason, time } => {
            let states = old.as_ref().map_or_else(|| new.clone(), |old| format!("{old} → {new}"));
            (time, build, format!("{module}: {states}{}", in_brackets(reason.as_deref())))
        }
        Event::Batch { build, batch, left, time, .. } => {
            let left = left.as_ref().map(|left| format!(", {left}")).unwrap_or_default();
            (time, build, format!("batch {batch}{left}"))
        }
        Event::Component { build, component, old, new, reason, seconds, time, .. } => {
            let took = seconds.map(|seconds| format!(", {}", text::duration(seconds))).unwrap_or_default();
            (time, build, format!("{component}: {old} → {new}{took}{}", in_brackets(reason.as_deref())))
        }
        Event::Finished { build, time, .. } => (time, build, summary(event)?),
        Event::Unreachable { .. } | Event::Reachable => return None,
    };
    Some(text::printable(&format!("{}  #{build}  {what}", moment(*time))))
}

/// What standard error is told.
pub fn notice(event: &Event) -> Option<String> {
    match event {
        Event::Unreachable { reason, patience } => Some(format!("{reason}; trying again for up to {patience} s")),
        Event::Reachable => Some("the service answers again".into()),
        _ => None,
    }
}

/// How a build ended, in one sentence.
pub fn summary(event: &Event) -> Option<String> {
    let Event::Finished { module, state, reason, seconds, .. } = event else {
        return None;
    };
    let after = seconds.map(|seconds| format!(" after {}", text::duration(seconds))).unwrap_or_default();
    let why = reason.as_ref().filter(|_| state == "failed").map(|reason| format!(": {reason}")).unwrap_or_default();
    Some(text::printable(&format!("{module} is {state}{after}{why}")))
}

fn in_brackets(reason: Option<&str>) -> String {
    reason.filter(|reason| !reason.is_empty()).map(|reason| format!(" ({reason})")).unwrap_or_default()
}

fn moment(time: Option<DateTime<Utc>>) -> String {
    time.map_or_else(|| "-".into(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_why_and_does_not_steer_the_terminal() {
        let failed = Event::Finished {
            build: 3,
            module: "m:1:2:c".into(),
            state: "failed".into(),
            reason: Some("libgreet: error:\n\x1b[31mgreet.c".into()),
            seconds: Some(75),
            time: None,
        };
        assert_eq!(line(&failed).unwrap(), "-  #3  m:1:2:c is failed after 1 min 15 s: libgreet: error: [31mgreet.c");
    }

    #[test]
    fn an_outage_is_a_notice() {
        let outage = Event::Unreachable { reason: "cannot reach the service".into(), patience: 120 };
        assert_eq!(line(&outage), None);
        assert_eq!(notice(&outage).unwrap(), "cannot reach the service; trying again for up to 120 s");
    }
}
