//! Parts of a component's story, as REST and GraphQL show them.

use async_graphql::SimpleObject;
use chrono::NaiveDateTime;
use entities::component_build;
use entities::message::timestamp;
use modulemd::plan;
use serde::Serialize;

/// Most components that are named.
const NAMED: usize = 20;

/// What a component waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, SimpleObject)]
#[graphql(name = "ComponentWait")]
pub struct Wait {
    /// `validation`, `buildroot`, `components`, `repository`, `slot`, `build-system` (it is being built), `retry`, or `failed`:
    /// it will not be built, since something that it needs failed.
    #[serde(rename = "for")]
    #[graphql(name = "for")]
    pub what: &'static str,
    /// The components that it waits for, or that failed; 20 of them at most.
    pub components: Vec<String>,
    /// When it is tried again, where that is it.
    pub until: Option<String>,
    /// The same as a sentence.
    pub reason: String,
}

impl Wait {
    /// Of a component with this retry ahead, if any; `name` names components.
    pub fn new<'a>(wait: &plan::Wait, name: impl Fn(i32) -> &'a str, retry: Option<&Retry>) -> Self {
        use plan::Wait as W;
        let names = |ids: &[i32]| ids.iter().map(|id| name(*id).to_owned()).collect::<Vec<_>>();
        let (what, components, reason) = match wait {
            W::Validation => {
                ("validation", vec![], "Waits for the components of its module to be looked up.".to_owned())
            }
            W::Buildroot => ("buildroot", vec![], "Waits for the buildroot of its module.".to_owned()),
            W::Components(ids) => ("components", names(ids), format!("Waits for {}.", listed(&names(ids)))),
            W::Repository => ("repository", vec![], "Waits for a repository with what it needs.".to_owned()),
            W::Slot => ("slot", vec![], "Waits for a slot: other components are being built.".to_owned()),
            W::BuildSystem => ("build-system", vec![], "Is being built.".to_owned()),
            W::Retry => ("retry", vec![], retry.map_or_else(|| "Waits for a retry.".to_owned(), Retry::sentence)),
            W::Failed(ids) => ("failed", names(ids), format!("Will not be built: {} failed.", listed(&names(ids)))),
        };
        let until = retry.filter(|_| what == "retry").and_then(|retry| retry.at.clone());
        Self { what, components: components.into_iter().take(NAMED).collect(), until, reason }
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Why a component failed, or is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, SimpleObject)]
#[graphql(name = "ComponentFailure")]
pub struct Failure {
    /// Who has to act: `user`, `infra`, `dependency` or `timeout`.
    pub verdict: String,
    /// Where in its build it was, e.g. `build`; null where it was not built because of others.
    pub phase: Option<String>,
    /// The first real error line of its log, or what went wrong otherwise.
    pub message: Option<String>,
    /// The line of the log that the message stands in, from 1.
    pub log_line: Option<i32>,
}

impl Failure {
    /// What stands in these columns.
    pub fn new(
        verdict: Option<&String>,
        phase: Option<&String>,
        error: Option<&String>,
        error_line: Option<i32>,
    ) -> Option<Self> {
        Some(Self { verdict: verdict?.clone(), phase: phase.cloned(), message: error.cloned(), log_line: error_line })
    }

    /// Of a component.
    pub fn of(row: &component_build::Model) -> Option<Self> {
        Self::new(row.verdict.as_ref(), row.phase.as_ref(), row.error.as_ref(), row.error_line)
    }
}

/// A retry after trouble of the build system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, SimpleObject)]
#[graphql(name = "ComponentRetry")]
pub struct Retry {
    /// Which it is, from 1.
    pub number: i32,
    /// How many there may be.
    pub of: i32,
    /// When it is due; null once it was begun.
    pub at: Option<String>,
}

impl Retry {
    /// Of what was tried again `number` times; `None` if it never was.
    pub fn new(number: i32, of: i32, at: Option<NaiveDateTime>) -> Option<Self> {
        (number > 0).then(|| Self { number, of, at: at.map(timestamp) })
    }

    fn sentence(&self) -> String {
        let due = self.at.as_ref().map(|at| format!(", due at {at}")).unwrap_or_default();
        format!("Waits for retry {} of {}{due}.", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(id: i32) -> &'static str {
        ["a", "b", "c"][usize::try_from(id).unwrap() % 3]
    }

    #[test]
    fn what_is_waited_for_is_named() {
        let wait = Wait::new(&plan::Wait::Components(vec![0, 1]), name, None);
        assert_eq!((wait.what, wait.reason.as_str()), ("components", "Waits for a, b."));
        assert_eq!(wait.components, ["a", "b"]);
        let many = Wait::new(&plan::Wait::Failed((0..25).collect()), name, None);
        assert_eq!(many.components.len(), NAMED);
        assert!(many.reason.ends_with("and 5 more failed."), "{}", many.reason);
    }

    #[test]
    fn a_retry_says_which_and_when() {
        let at = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap().naive_utc();
        let retry = Retry::new(2, 10, Some(at)).unwrap();
        let wait = Wait::new(&plan::Wait::Retry, name, Some(&retry));
        assert_eq!(wait.reason, "Waits for retry 2 of 10, due at 2023-11-14T22:13:20Z.");
        assert_eq!(wait.until.as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(Retry::new(0, 10, Some(at)), None);
        let wait = Wait::new(&plan::Wait::Slot, name, Some(&retry));
        assert_eq!(wait.until, None);
    }
}
