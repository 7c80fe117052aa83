//! Submissions against sets of known modules (`expansion.jsonl`), components taken over from earlier builds (`reuse.jsonl`), hashes
//! and names, as recorded from the Python service. `make expansion` runs it alone; `recorded.rs` says how to run other cases.
//!
//! Every recorded success is compared build by build, every refusal by its status and text. Where the Python service was wrong,
//! `verdict.rs` and `reuse.rs` say what is right instead.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod compare;
mod config;
mod form;
mod hashes_and_names;
mod mutations;
mod recorded;
mod reuse;
mod verdict;
mod world;

use std::collections::BTreeMap;

use serde_json::Value;
use verdict::{Verdict, judge};
use world::{Outcome, World};

fn cases() -> Vec<Value> {
    let text = recorded::file("expansion.jsonl").unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn run(case: &Value) -> (Outcome, Verdict) {
    let config = config::settings(&case["config"]);
    let mut world = World::new(&case["known"], &config);
    for prior in case["prior"].as_array().into_iter().flatten() {
        world.submit_and_move(&prior["request"], &prior["transitions"], &config);
    }
    let outcome = world.submit(&case["request"], &config);
    let verdict = judge(case, &outcome);
    (outcome, verdict)
}

/// Changes of a record that fits which nobody would notice.
fn unnoticed(case: &Value, outcome: &Outcome) -> Vec<String> {
    let changed = mutations::changed(case, &compare::FIELDS).into_iter();
    let unnoticed = changed.filter(|(_, changed)| !matches!(judge(changed, outcome), Verdict::Wrong(_)));
    unnoticed.map(|(what, _)| format!("{}: nobody notices a change of {what}", case["id"])).collect()
}

#[test]
fn recorded_submissions() {
    let mut table: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in cases() {
        let (outcome, verdict) = run(&case);
        let class = format!("{} / {}", case["kind"].as_str().unwrap_or_default(), verdict::class(&case));
        *table.entry(class).or_default().entry(verdict.name()).or_default() += 1;
        match verdict {
            Verdict::Wrong(why) => wrong.push(format!("{}: {why}", case["id"])),
            Verdict::Same => wrong.extend(unnoticed(&case, &outcome)),
            _ => {}
        }
    }
    for (class, counts) in &table {
        println!("{class}: {counts:?}");
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
