//! Cancelling a build.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use entities::ComponentState;
use serde_json::json;
use tests::fixtures::Part;
use tests::wait::{LONG, until, until_true};
use tests::{Component, Module, Service, checks, witness};

/// A build whose only component runs, with the process namespace that it runs in.
async fn running(service: &Service, name: &str) -> (i64, String) {
    let component = Component::new(name).sleeps(600);
    let module = Module::new(name).part(Part::new(name, &service.git.component(&component)));
    let rest = service.rest();
    let id = rest.submit(&json!({"modulemd": module.yaml(), "owner": "ada"})).await.id();
    let marker = component.marker.unwrap();
    let pid = until("the build to run", LONG, async || witness::sleeper(&marker)).await;
    (id, witness::namespace(pid).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_running_builds_within_seconds() {
    let service = Service::builder().start().await;
    let (id, namespace) = running(&service, "endless").await;
    let answer = service.rest().patch(id, &json!({"state": "failed", "owner": "ada"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    until_true("all processes of the build to end", Duration::from_secs(5), async || {
        witness::members(&namespace).is_empty()
    })
    .await;
    let reason = service.rest().failed(id).await;
    assert_eq!(reason, "Canceled by ada.");
    let rows = service.rows().await;
    until_true("its component to be canceled", LONG, async || {
        rows.component(id, "endless").await.state == Some(ComponentState::Canceled)
    })
    .await;
    checks::all_told(&rows, id).await;

    let again = service.rest().patch(id, &json!({"state": "failed", "owner": "ada"})).await;
    assert_eq!(
        (again.status, again.message()),
        (400, "To cancel a module build, it must be in one of the following states: build, init, wait")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn others_cannot_cancel_it_and_an_ended_service_leaves_no_process() {
    let service = Service::builder().start().await;
    let (id, namespace) = running(&service, "guarded").await;
    let answer = service.rest().patch(id, &json!({"state": "failed", "owner": "eve"})).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(!witness::members(&namespace).is_empty(), "the build goes on");
    let status = service.stop_server();
    assert!(status.success(), "{status}");
    until_true("all processes of the build to end", Duration::from_secs(5), async || {
        witness::members(&namespace).is_empty()
    })
    .await;
}
