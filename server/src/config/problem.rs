//! What is wrong with a configuration; all of it at once.

use std::fmt;

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `file:line`, `file`, or the name of an environment variable.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    pub(super) fn new(place: impl fmt::Display, message: impl Into<String>) -> Self {
        Self { place: place.to_string(), message: message.into() }
    }
}

/// Everything that is wrong with a configuration. Its text has a line for each problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<Problem>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The configuration cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {}: {}", problem.place, problem.message))
    }
}

/// `, did you mean X?` with the known name that is nearest to `name`, or nothing if none is near.
pub(super) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    /// Below this, a suggestion confuses more than it helps.
    const NEAR: f64 = 0.6;
    let wanted = name.to_lowercase();
    let rated = known.map(|known| (nearness(&wanted, &known.to_lowercase()), known));
    let nearest = rated.filter(|(near, _)| *near >= NEAR).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map(|(_, known)| format!(", did you mean `{known}`?")).unwrap_or_default()
}

/// From 0 to 1; a name that was cut short is nearer than its missing letters say.
fn nearness(name: &str, known: &str) -> f64 {
    const CUT_SHORT: f64 = 0.2;
    let bonus = if name.len() >= 4 && known.starts_with(name) { CUT_SHORT } else { 0.0 };
    strsim::normalized_damerau_levenshtein(name, known) + bonus
}
