//! GraphQL with a client that is not ours, and the explorer in a browser, against the real program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tests::wait::{LONG, until_true};
use tests::{Component, Module, Service, node};

/// A service with three builds that nobody works on.
async fn service(on_postgresql: bool) -> Service {
    let builder = Service::builder().workers(0).platform("f29");
    let service = if on_postgresql { builder.postgres() } else { builder }.start().await;
    for name in ["one", "two", "three"] {
        let component = Component::new(&format!("{name}-a"));
        let part = tests::fixtures::Part::new(&component.name, &service.git.component(&component));
        let module = Module::new(name).part(part);
        service.rest().try_submit(&json!({ "modulemd": module.yaml() })).await.unwrap();
    }
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_not_ours_reads_and_changes() {
    for on_postgresql in [false, true] {
        let service = service(on_postgresql).await;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut client = node::script("graphql", "client.mjs");
        let url = format!("{}/graphql", service.address());
        client.arg(url).arg(root.join("schema.graphql")).arg(root.join("docs/API.md"));
        let done = client.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let found: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!((&found["sameTypes"], &found["invalid"], &found["queries"]), (&json!(true), &json!([]), &json!(6)));
        assert_eq!(found["forward"], found["backward"]);
        let all = service.rest().get("/module-builds/?per_page=0").await.body["meta"]["total"].clone();
        assert_eq!(found["forward"].as_array().unwrap().len(), all, "{found}");
        assert_eq!(found["cancelled"]["state"], "FAILED");
        assert_eq!((&found["refused"]["code"], &found["refused"]["status"]), (&json!("BAD_REQUEST"), &json!(400)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_explorer_runs_in_a_browser() {
    let service = service(false).await;
    let profile = tempfile::tempdir().unwrap();
    let shown = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--virtual-time-budget=20000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("{}/graphql", service.address()))
        .output()
        .unwrap();
    let page = String::from_utf8_lossy(&shown.stdout);
    assert!(page.contains("graphiql-container"), "{page:.2000}");
    assert!(page.contains("What is broken right now, and why?"), "the first example is in the editor");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_seen_as_long_as_they_are_there() {
    let service = Service::builder().option("UPKEEP_SECONDS", 1).option("LEASE_SECONDS", 3).start().await;
    let workers = async || {
        let query = json!({ "query": "{ workers { nodes { name alive } } }" }).to_string();
        let request = reqwest::Client::new().post(format!("{}/graphql", service.address()));
        let answer = request.header("Content-Type", "application/json").body(query).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        answer["data"]["workers"]["nodes"].as_array().unwrap().clone()
    };
    let is = |all: &[Value], alive: usize, gone: usize| {
        let count = |state: bool| all.iter().filter(|worker| worker["alive"] == state).count();
        (count(true), count(false)) == (alive, gone)
    };
    until_true("the worker", LONG, async || is(&workers().await, 1, 0)).await;
    service.start_worker();
    until_true("the second worker", LONG, async || is(&workers().await, 2, 0)).await;
    service.stop_workers();
    assert!(is(&workers().await, 1, 0), "one that has ended is not there any more");
    service.start_worker();
    until_true("the third worker", LONG, async || is(&workers().await, 2, 0)).await;
    service.kill_workers();
    until_true("the third worker to be gone", LONG, async || is(&workers().await, 1, 1)).await;
}
