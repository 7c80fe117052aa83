//! The table of what differs.

use std::fmt::{Display, Formatter, Result};

use crate::recorded::{Case, Contract};
use crate::replay::Differences;

/// What became of a run.
pub struct Report {
    system: String,
    passed: usize,
    rows: Vec<[String; 5]>,
}

const TITLES: [&str; 5] = ["id", "group", "method", "path", "difference"];
/// Longer paths are printed, but do not push everybody else's difference aside.
const WIDEST: usize = 70;

impl Report {
    /// Of a run on `system`.
    pub fn new(system: &str, contract: &Contract, differences: &Differences) -> Self {
        let rows: Vec<_> =
            contract.replayed().filter_map(|case| differences.get(&case.id).map(|text| row(case, text))).collect();
        Self { system: system.to_owned(), passed: contract.replayed().count() - rows.len(), rows }
    }

    /// Whether something was replayed and nothing differs.
    pub fn is_good(&self) -> bool {
        self.rows.is_empty() && self.passed > 0
    }

    /// One line.
    pub fn summary(&self) -> String {
        format!("{}: {} passed, {} failed", self.system, self.passed, self.rows.len())
    }
}

fn row(case: &Case, difference: &str) -> [String; 5] {
    [case.id.to_string(), case.group.clone(), case.method.clone(), case.path.clone(), difference.to_owned()]
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let titles = TITLES.map(str::to_owned);
        if !self.rows.is_empty() {
            let width = |column: usize| {
                let lengths = self.rows.iter().chain([&titles]).map(|row| row[column].chars().count());
                lengths.max().unwrap_or(0).min(WIDEST)
            };
            for row in [&titles].into_iter().chain(&self.rows) {
                for (column, text) in row.iter().enumerate().take(TITLES.len() - 1) {
                    write!(f, "{text:width$}  ", width = width(column))?;
                }
                writeln!(f, "{}", row[TITLES.len() - 1])?;
            }
        }
        writeln!(f, "{}", self.summary())
    }
}
