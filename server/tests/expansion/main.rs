//! The recorded submissions of `modulemd/tests/data/expansion`, all of them sent to the service: known modules are imported, earlier
//! submissions are made and moved on, and the answer of REST is compared, refusals of parameters included. `MBS_EXPANSION_CASES`
//! names another folder; a file that is not there is skipped.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../../../modulemd/tests/expansion/form.rs"]
mod form;
mod judge;
#[path = "../../../modulemd/tests/expansion/mutations.rs"]
mod mutations;
mod service;

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures::{StreamExt, stream};
use judge::{Verdict, judge};
use serde_json::Value;
use service::{Answer, Service, Template};

fn cases() -> Vec<Value> {
    let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../modulemd/tests/data/expansion");
    let other = std::env::var_os("MBS_EXPANSION_CASES").map(PathBuf::from);
    let file = other.as_ref().unwrap_or(&ours).join("expansion.jsonl");
    match std::fs::read_to_string(&file) {
        Err(error) if other.is_some() && error.kind() == std::io::ErrorKind::NotFound => {
            println!("{} is not there: skipped", file.display());
            Vec::new()
        }
        text => text.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    }
}

async fn answer(case: &Value, template: &Template) -> Answer {
    let service = Service::start(template, &case["config"]).await;
    for module in case["known"].as_array().unwrap() {
        service.import(module["yaml"].as_str().unwrap(), module["state"].as_str().unwrap()).await;
    }
    for prior in case["prior"].as_array().into_iter().flatten() {
        service.submit_and_move(&prior["request"], prior["transitions"].as_array().unwrap()).await;
    }
    service.submit(&case["request"]).await
}

/// Changes of a record that fits which nobody would notice.
fn unnoticed(case: &Value, answer: &Answer) -> Vec<String> {
    let fields: Vec<&str> = judge::FIELDS.into_iter().chain(judge::OF_THE_DOCUMENT).collect();
    let changed = mutations::changed(case, &fields).into_iter();
    let unnoticed = changed.filter(|(_, changed)| !matches!(judge(changed, answer), Verdict::Wrong(_)));
    unnoticed.map(|(what, _)| format!("{}: nobody notices a change of {what}", case["id"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_submissions() {
    let template = Template::new().await;
    let mut table: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let cases = cases();
    let answers = stream::iter(&cases).map(async |case| (case, answer(case, &template).await)).buffered(4);
    for (case, answer) in answers.collect::<Vec<_>>().await {
        let verdict = judge(case, &answer);
        *table.entry(verdict.name()).or_default() += 1;
        match verdict {
            Verdict::Wrong(why) => wrong.push(format!("{}: {why}", case["id"])),
            Verdict::Same => wrong.extend(unnoticed(case, &answer)),
            _ => {}
        }
    }
    println!("{table:?}");
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
