//! The recorded submissions of `modulemd/tests/data/expansion`, all of them sent to the service: known modules are imported, earlier
//! submissions are made and moved on, and the answer of REST is compared, refusals of parameters included. `MBS_EXPANSION_CASES`
//! names another folder; a file that is not there is skipped.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../../../modulemd/tests/expansion/form.rs"]
mod form;
mod judge;
mod service;

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures::{StreamExt, stream};
use judge::{Verdict, judge};
use serde_json::Value;
use service::{Service, Template};

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

async fn run(case: &Value, template: &Template) -> Verdict {
    let service = Service::start(template, &case["config"]).await;
    for module in case["known"].as_array().unwrap() {
        service.import(module["yaml"].as_str().unwrap(), module["state"].as_str().unwrap()).await;
    }
    for prior in case["prior"].as_array().into_iter().flatten() {
        service.submit_and_move(&prior["request"], prior["transitions"].as_array().unwrap()).await;
    }
    judge(case, &service.submit(&case["request"]).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_submissions() {
    let template = Template::new().await;
    let mut table: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let cases = cases();
    let verdicts = stream::iter(&cases).map(async |case| (case, run(case, &template).await)).buffered(4);
    for (case, verdict) in verdicts.collect::<Vec<_>>().await {
        *table.entry(verdict.name()).or_default() += 1;
        if let Verdict::Wrong(why) = verdict {
            wrong.push(format!("{}: {why}", case["id"]));
        }
    }
    println!("{table:?}");
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
