//! Cancelling in each state, by those who may.

use std::path::Path;

use entities::CleanUp;
use entities::ModuleState::{Build, Done, Failed, Init, Ready, Wait};
use sea_orm::ConnectionTrait;
use serde_json::json;
use tests::fixtures::Part;
use tests::wait::{LONG, until, until_true};
use tests::{Component, Module, Service, checks};

fn module(service: &Service, name: &str) -> Module {
    let component = Component::new(name);
    Module::new(name).version(1).part(Part::new(name, &service.git.component(&component)))
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_runs_by_the_owner_only_and_for_good() {
    let service = Service::builder().workers(0).start().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    for (name, state) in [("still-init", 0), ("still-wait", 1)] {
        let body = json!({"modulemd": module(&service, name).yaml(), "owner": "ada"});
        let id = rest.submit(&body).await.id();
        let set = format!("UPDATE module_builds SET state = {state} WHERE id = {id}");
        rows.connection().execute_unprepared(&set).await.unwrap();
        let refused = rest.patch(id, &json!({"state": "failed", "owner": "eve"})).await;
        let message = "You are not owner of this build and therefore cannot modify it.";
        assert_eq!((refused.status, refused.message()), (403, message));
        let answer = rest.patch(id, &json!({"state": "4", "owner": "ada"})).await;
        assert_eq!((answer.status, &answer.body["state_name"]), (200, &json!("failed")), "{}", answer.text);
    }
    service.start_worker();
    for name in ["still-init", "still-wait"] {
        let build = rows.builds_named(name).await.remove(0);
        let id = i64::from(build.id);
        until_true("it to be cleaned up", LONG, async || rows.build(id).await.clean_up == CleanUp::Nothing).await;
        let build = rows.build(id).await;
        assert_eq!((build.state, build.state_reason.as_deref()), (Failed, Some("Canceled by ada.")));
        assert_eq!(rows.trace(id).await, [Init, Failed]);
        checks::all_told(&rows, id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_cancel_what_others_build() {
    // Everybody is in this group where nobody has to log in.
    let service = Service::builder().option("ADMIN_GROUPS", json!(["packager"])).start().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let component = Component::new("theirs").sleeps(600);
    let module = Module::new("theirs").part(Part::new("theirs", &service.git.component(&component)));
    let id = rest.submit(&json!({"modulemd": module.yaml(), "owner": "ada"})).await.id();
    let marker = component.marker.unwrap();
    until_true("it to run", LONG, async || tests::witness::sleeper(&marker).is_some()).await;
    let answer = rest.patch(id, &json!({"state": "failed", "owner": "root"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    until_true("it to be stopped", LONG, async || tests::witness::sleeper(&marker).is_none()).await;
    assert_eq!(rest.failed(id).await, "Canceled by root.");
    assert_eq!(rows.trace(id).await, [Init, Wait, Build, Failed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_cannot_be_cancelled() {
    let service = Service::builder().workers(0).start().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let id = rest.submit_document(&module(&service, "over").yaml()).await.id();
    for state in [3, 4, 5, 6] {
        let set = format!("UPDATE module_builds SET state = {state} WHERE id = {id}");
        rows.connection().execute_unprepared(&set).await.unwrap();
        let answer = rest.cancel(id).await;
        let message = "To cancel a module build, it must be in one of the following states: build, init, wait";
        assert_eq!((answer.status, answer.message()), (400, message), "{state}");
    }
}

/// A repository that is being made has another name.
fn is_publishing(folder: &Path) -> bool {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = inside.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with(".new-"))
}

/// The worker is frozen in the middle of making the repository, the build is cancelled, the worker goes on.
#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_published_it_leaves_no_repository() {
    let service = Service::builder().postgres().workers(1).start().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let module = module(&service, "almost");
    let id = rest.submit_document(&module.yaml()).await.id();
    let has_tag = async || rows.build(id).await.koji_tag;
    let tag = until("it to be built", LONG, has_tag).await;
    let folder = service.results().join(&tag);
    // There for a moment only, too short for looks now and then.
    let start = std::time::Instant::now();
    while !is_publishing(&folder) {
        assert!(start.elapsed() < LONG, "it is not published");
        std::thread::yield_now();
    }
    loop {
        service.freeze_worker();
        assert_eq!(rows.build(id).await.state, Build);
        let answer = rest.cancel(id).await;
        service.thaw_worker();
        // Unless it was frozen while it was writing, which keeps others from it.
        if answer.status != 503 {
            assert_eq!(answer.status, 200, "{}", answer.text);
            break;
        }
    }
    until_true("it to be cleaned up", LONG, async || rows.build(id).await.clean_up == CleanUp::Nothing).await;
    assert!(!service.repository(&tag).exists(), "nobody may find the repository of a cancelled build");
    assert!(service.results().join(&tag).join("components").exists(), "what was built is kept");

    assert_eq!(rest.submit_document(&module.yaml()).await.id(), id);
    rest.ready(id).await;
    assert!(service.repository(&tag).join("repodata/repomd.xml").exists());
    assert_eq!(rows.trace(id).await, [Init, Wait, Build, Failed, Wait, Build, Done, Ready]);
    checks::nothing_built_again(&rows, id).await;
}
