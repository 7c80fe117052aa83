//! The table of what differs.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result};

use crate::recorded::{Case, Contract};
use crate::replay::Differences;

/// What became of a run.
pub struct Report {
    system: String,
    passed: usize,
    rows: Vec<[String; 5]>,
    /// How many cases were left out, by section.
    left_out: BTreeMap<String, usize>,
}

const TITLES: [&str; 5] = ["id", "group", "method", "path", "difference"];
/// Longer paths are printed, but do not push everybody else's difference aside.
const WIDEST: usize = 70;

impl Report {
    /// Of a run on `system`.
    pub fn new(system: &str, contract: &Contract, differences: &Differences) -> Self {
        let rows: Vec<_> =
            contract.replayed().filter_map(|case| differences.get(&case.id).map(|text| row(case, text))).collect();
        let mut left_out = BTreeMap::new();
        for case in contract.left_out() {
            *left_out.entry(case.section.clone()).or_default() += 1;
        }
        Self { system: system.to_owned(), passed: contract.replayed().count() - rows.len(), rows, left_out }
    }

    /// Whether something was replayed and nothing differs.
    pub fn is_good(&self) -> bool {
        self.rows.is_empty() && self.passed > 0
    }

    /// One line.
    pub fn summary(&self) -> String {
        let sections: Vec<_> = self.left_out.iter().map(|(section, count)| format!("{section} {count}")).collect();
        let why = match sections[..] {
            [] => String::new(),
            _ => format!(" (sections that need a directory: {})", sections.join(", ")),
        };
        let left_out: usize = self.left_out.values().sum();
        format!("{}: {} passed, {} failed, {left_out} left out{why}", self.system, self.passed, self.rows.len())
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
