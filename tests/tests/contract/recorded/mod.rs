//! What was recorded: `tests/contract/`, or the folder of `MBS_CONTRACT_CASES` in place of its cases.

mod cases;
mod corrections;
mod records;
mod seed;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use cases::Case;
pub use corrections::Correction;
pub use records::Record;
pub use seed::{Seed, stored_documents};

use corrections::Corrections;
use records::Records;

/// Everything that was recorded.
pub struct Contract {
    cases: Vec<Case>,
    corrections: Corrections,
    records: Records,
    /// Rows that the cases were recorded against.
    pub seed: Seed,
}

impl Contract {
    /// Reads all files.
    pub fn read() -> Self {
        let own = folder();
        let source = std::env::var_os("MBS_CONTRACT_CASES").map_or_else(|| own.clone(), |other| root().join(other));
        let cases = cases::read(&source);
        assert!(!cases.is_empty(), "{} names no cases", source.join("index.json").display());
        let seed = Seed::read(&own);
        let mut records = Records::default();
        records.add(&cases::read(&own));
        records.add(&cases);
        // Another folder may say more about its own cases.
        let files = [own.join("corrections.json"), source.join("corrections.json")];
        let corrections = Corrections::read(files.iter().filter(|file| file.exists()));
        Self { cases, corrections, records, seed }
    }

    /// Groups that have cases to replay.
    pub fn groups(&self) -> BTreeSet<String> {
        self.replayed().map(|case| case.group.clone()).collect()
    }

    /// All cases, in order.
    pub fn replayed(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter()
    }

    /// Cases of a group to be replayed, in order.
    pub fn replayed_of<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Case> {
        self.replayed().filter(move |case| case.group == group)
    }

    /// What corrects a case.
    pub fn correction(&self, id: i64) -> Option<&Correction> {
        self.corrections.of(id)
    }

    /// A row as the service showed it, in as much detail as `case` asks for.
    pub fn record(&self, case: &Case, id: i64) -> Option<&Record> {
        self.records.find(case, id)
    }

    /// The case that asked the same of the same database, but for the short form.
    pub fn short_twin(&self, case: &Case) -> Option<&Case> {
        let wanted: BTreeSet<_> = case.query().into_iter().collect();
        let is_twin = |other: &&Case| {
            let mut query: BTreeSet<_> = other.query().into_iter().collect();
            query.remove(&("short".to_owned(), "1".to_owned()))
                && query == wanted
                && other.path_only() == case.path_only()
                && (&other.group, &other.method, other.answer.status) == (&case.group, &case.method, 200)
        };
        self.cases.iter().find(is_twin)
    }
}

/// The project's own recording.
pub fn folder() -> PathBuf {
    root().join("tests/contract")
}

/// The root of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A file.
pub fn json(file: &Path) -> Value {
    let text = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
