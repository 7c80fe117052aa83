//! Everything that is wrong with a module, reported together.

use std::collections::HashSet;

use builders::BuilderError;
use scm::ScmError;

use crate::JobError;

/// A reason is read by people: of a module of which nothing is right, this many lines are enough.
const MAX_LINES: usize = 100;

/// What was found so far, a line each.
#[derive(Debug, Default)]
pub struct Problems {
    /// What the packager has to change.
    wrong: Vec<String>,
    /// What may pass by itself.
    trouble: Vec<String>,
}

impl Problems {
    /// Something that the packager has to change.
    pub fn push(&mut self, line: impl Into<String>) {
        self.wrong.push(line.into());
    }

    /// What git says, after `about`.
    pub fn push_scm(&mut self, about: &str, error: &ScmError) {
        let list = if error.is_temporary() { &mut self.trouble } else { &mut self.wrong };
        list.push(format!("{about}{error}"));
    }

    /// What the build system says, after `about`.
    pub fn push_builder(&mut self, about: &str, error: &BuilderError) {
        let list = if matches!(error, BuilderError::Unavailable(_)) { &mut self.trouble } else { &mut self.wrong };
        list.push(format!("{about}{error}"));
    }

    /// Adds those of a part, each after `about`.
    pub fn extend(&mut self, about: &str, part: Self) {
        self.wrong.extend(part.wrong.into_iter().map(|line| format!("{about}{line}")));
        self.trouble.extend(part.trouble.into_iter().map(|line| format!("{about}{line}")));
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty() && self.trouble.is_empty()
    }

    /// The lines, those first that the packager has to change.
    pub fn lines(self) -> Vec<String> {
        let mut seen = HashSet::new();
        let mut lines: Vec<String> =
            self.wrong.into_iter().chain(self.trouble).filter(|line| seen.insert(line.clone())).collect();
        if lines.len() > MAX_LINES {
            let more = lines.len() - MAX_LINES;
            lines.truncate(MAX_LINES);
            lines.push(format!("… and {more} more"));
        }
        lines
    }

    /// One error with a line each. Where something is wrong, trying again does not help; where there is only trouble, it may.
    pub fn into_result(self) -> Result<(), JobError> {
        let (wrong, trouble) = (!self.wrong.is_empty(), !self.trouble.is_empty());
        let reason = self.lines().join("\n");
        match (wrong, trouble) {
            (true, _) => Err(JobError::user(reason)),
            (false, true) => Err(JobError::Retry(reason)),
            (false, false) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable() -> ScmError {
        ScmError::Unreachable { repository: "git://h/x".to_owned(), detail: "no route".to_owned() }
    }

    #[test]
    fn trouble_alone_is_tried_again_and_told_with_the_rest_otherwise() {
        let mut problems = Problems::default();
        assert!(Problems::default().into_result().is_ok());
        problems.push_scm("a: ", &unreachable());
        problems.push_builder("b: ", &BuilderError::Unavailable("busy".to_owned()));
        let mut all = Problems::default();
        all.extend("In x: ", problems);
        let Err(JobError::Retry(reason)) = all.into_result() else { panic!("not to be tried again") };
        assert!(reason.starts_with("In x: a: ") && reason.ends_with("\nIn x: b: busy"), "{reason}");

        let mut problems = Problems::default();
        problems.push_scm("a: ", &unreachable());
        problems.push("wrong");
        problems.push("wrong");
        let Err(JobError::Fail { reason, .. }) = problems.into_result() else { panic!("not final") };
        assert_eq!(reason.lines().count(), 2);
        assert!(reason.starts_with("wrong\n"));
    }

    #[test]
    fn reasons_stay_readable() {
        let mut problems = Problems::default();
        (0..10_000).for_each(|number| problems.push(format!("problem {number}")));
        let lines = problems.lines();
        assert_eq!((lines.len(), lines[100].as_str()), (101, "… and 9900 more"));
    }
}
