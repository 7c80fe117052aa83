//! `docs/EXPANSION.md` names a test for every rule: these tests exist, and it leaves none of them out.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use regex::Regex;

/// Files of which every test stands for a rule.
const COMPLETE: [&str; 5] = [
    "modulemd/tests/expansion_rules.rs",
    "modulemd/tests/submission_rules.rs",
    "modulemd/tests/expansion_refusals.rs",
    "modulemd/tests/expansion_edges.rs",
    "server/tests/api/submissions.rs",
];

fn text(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).expect(path)
}

/// The tests in the last column of the tables, by the file that is named above the table.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let file = Regex::new(r"Tests: `([^`]+)`").expect("a pattern");
    let name = Regex::new(r"`(\w+)`").expect("a pattern");
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = None;
    for line in text("docs/EXPANSION.md").lines() {
        if let Some(found) = file.captures(line) {
            current = Some(found[1].to_owned());
        } else if line.starts_with("## ") {
            current = None;
        }
        let Some(file) = current.as_ref().filter(|_| line.starts_with("| ") && line.ends_with(" |")) else { continue };
        let last = line.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let names = name.captures_iter(last).map(|found| found[1].to_owned());
        documented.entry(file.clone()).or_default().extend(names);
    }
    documented
}

fn tests_in(file: &str) -> BTreeSet<String> {
    let test = Regex::new(r"#\[(?:tokio::)?test\]\n(?:async )?fn (\w+)\(").expect("a pattern");
    test.captures_iter(&text(file)).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_rule_has_its_test_and_every_test_its_rule() {
    let documented = documented();
    assert!(documented.len() > COMPLETE.len(), "{documented:?}");
    for (file, names) in &documented {
        let missing: Vec<_> = names.difference(&tests_in(file)).cloned().collect();
        assert!(missing.is_empty(), "docs/EXPANSION.md names tests that are not in {file}: {missing:?}");
    }
    for file in COMPLETE {
        let known = documented.get(file).cloned().unwrap_or_default();
        let missing: Vec<_> = tests_in(file).difference(&known).cloned().collect();
        assert!(missing.is_empty(), "docs/EXPANSION.md does not name these tests of {file}: {missing:?}");
    }
}
