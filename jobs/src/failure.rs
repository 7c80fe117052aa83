//! Why a component failed, in columns of its own: who has to act, where in its build it was, the first real error line, and where
//! that stands in the log.

use builders::{Failure, FailureKind, Phase};
use entities::component_build::ActiveModel;
use sea_orm::Set;

use crate::Verdict;

/// Trouble around a build, not in it.
pub fn around(kind: FailureKind, reason: &str) -> Failure {
    Failure { kind, phase: Phase::System, message: reason.to_owned(), log_line: None }
}

/// Writes it into the row.
pub fn note(row: &mut ActiveModel, failure: &Failure) {
    row.verdict = Set(Some(failure.kind.name().to_owned()));
    row.phase = Set(Some(failure.phase.name().to_owned()));
    row.error = Set(Some(failure.message.clone()));
    row.error_line = Set(failure.log_line.and_then(|line| i32::try_from(line).ok()));
}

/// Nothing of it is true any more.
pub fn forget(row: &mut ActiveModel) {
    row.verdict = Set(None);
    row.phase = Set(None);
    row.error = Set(None);
    row.error_line = Set(None);
}

/// Most names in one sentence.
const NAMES: usize = 10;

/// What is said of a component that needs others which failed.
pub fn not_built(causes: &[&str]) -> String {
    let names = causes.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
    match causes.len().saturating_sub(NAMES) {
        0 => format!("Not built because {names} failed."),
        more => format!("Not built because {names} and {more} more failed."),
    }
}

impl From<Verdict> for FailureKind {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::User => Self::User,
            Verdict::Infra => Self::Infra,
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue;

    use super::*;

    #[test]
    fn those_that_failed_are_named() {
        assert_eq!(not_built(&["a"]), "Not built because a failed.");
        assert_eq!(not_built(&["a", "b"]), "Not built because a, b failed.");
        assert!(not_built(&["a"; 12]).ends_with("a and 2 more failed."));
    }

    #[test]
    fn all_of_it_is_noted_and_forgotten() {
        let mut row = ActiveModel::default();
        let failure = Failure {
            kind: FailureKind::Timeout,
            phase: Phase::Check,
            message: "it took longer than 60 s and was stopped".to_owned(),
            log_line: Some(7),
        };
        note(&mut row, &failure);
        assert_eq!(row.verdict, ActiveValue::Set(Some("timeout".to_owned())));
        assert_eq!(row.phase, ActiveValue::Set(Some("check".to_owned())));
        assert_eq!(row.error, ActiveValue::Set(Some(failure.message)));
        assert_eq!(row.error_line, ActiveValue::Set(Some(7)));
        forget(&mut row);
        assert_eq!((row.verdict, row.error_line), (ActiveValue::Set(None), ActiveValue::Set(None)));
    }
}
