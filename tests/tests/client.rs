//! `mbs-build` against the real service.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Output;

use serde_json::Value;
use tests::fixtures::Part;
use tests::wait::{LONG, until_true};
use tests::witness::sleeper;
use tests::{Component, Module, Shared};

static SHARED: Shared = Shared::new();

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", printed(output)))
}

#[tokio::test(flavor = "multi_thread")]
async fn submit_watch_info_and_overview() {
    let service = SHARED.get(|service| service).await;
    let component = Component::new("cli-good");
    let module = Module::new("cli").part(Part::new("cli-good", &service.git.component(&component)));
    let scmurl = service.git.module(&module);

    let submitted = service.client(&["submit", &scmurl, "1", "--watch"]);
    let text = printed(&submitted);
    assert_eq!(status(&submitted), 0, "{text}{}", String::from_utf8_lossy(&submitted.stderr));
    assert!(text.contains("cli:1:") && text.contains("cli-good") && text.contains("ready"), "{text}");
    assert!(!text.contains('\u{1b}'), "no control characters into a pipe: {text}");

    let overview = json(&service.client(&["overview", "--json"]));
    let build = overview.as_array().unwrap().iter().find(|build| build["name"] == "cli").unwrap().clone();
    let id = build["id"].to_string();
    let info = json(&service.client(&["info", &id, "--json"]));
    assert_eq!(info["build"]["state_name"], "ready");
    let names: Vec<_> = info["components"].as_array().unwrap().iter().map(|c| c["package"].as_str().unwrap()).collect();
    assert!(names.contains(&"cli-good") && names.contains(&"module-build-macros"), "{names:?}");
    let watched = service.client(&["watch", &id]);
    assert_eq!(status(&watched), 0, "{}", printed(&watched));
    let page = printed(&service.client(&["info", &id]));
    assert!(page.contains("cli-good") && page.contains("ready"), "{page}");

    let again = service.client(&["submit", &scmurl, "1"]);
    assert_eq!(status(&again), 3);
    assert!(String::from_utf8_lossy(&again.stderr).contains("already exists"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_build_has_its_exit_status_and_says_why() {
    let service = SHARED.get(|service| service).await;
    let component = Component::new("cli-bad").build("echo 'fatal error: nothing works' >&2; exit 1");
    let module = Module::new("cli-failing").part(Part::new("cli-bad", &service.git.component(&component)));
    let file = service.folder().join("cli-failing.yaml");
    std::fs::write(&file, module.yaml()).unwrap();
    let output = service.client(&["submit", "--file", file.to_str().unwrap(), "--watch", "--json"]);
    assert_eq!(status(&output), 1, "{}", printed(&output));
    let lines: Vec<Value> = printed(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line.to_string().contains("nothing works")), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel() {
    let service = SHARED.get(|service| service).await;
    let component = Component::new("cli-slow").sleeps(600);
    let module = Module::new("cli-cancelled").part(Part::new("cli-slow", &service.git.component(&component)));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let marker = component.marker.unwrap();
    until_true("the component to be built", LONG, async || sleeper(&marker).is_some()).await;
    let output = service.client(&["cancel", &id.to_string()]);
    assert_eq!(status(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
    let watched = service.client(&["watch", &id.to_string()]);
    assert_eq!(status(&watched), 1, "{}", printed(&watched));
    assert!(printed(&watched).contains("Canceled by"), "{}", printed(&watched));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_refuses_or_does_not_know() {
    let service = SHARED.get(|service| service).await;
    let unknown = service.client(&["info", "999999"]);
    assert_eq!(status(&unknown), 3, "{}", String::from_utf8_lossy(&unknown.stderr));
    let nowhere = service
        .client_command(&["info", "1", "--patience", "0"])
        .env("MBS_URL", "http://127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(status(&nowhere), 4, "{}", String::from_utf8_lossy(&nowhere.stderr));
    assert_eq!(status(&service.client(&["cancel"])), 2);
}
