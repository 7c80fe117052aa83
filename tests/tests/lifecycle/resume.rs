//! Submitting again what failed: it goes on where it failed.

use entities::ComponentState;
use entities::ModuleState::{Build, Done, Failed, Init, Ready, Wait};
use serde_json::json;
use tests::fixtures::{Part, platform};
use tests::wait::{LONG, until_true};
use tests::witness::{Witness, sleeper};
use tests::{Component, Module, Service, Shared, checks};

static SHARED: Shared = Shared::new();

/// Trouble is given up at once, so that a source that cannot be fetched fails its component.
async fn shared() -> tests::service::SharedService {
    SHARED.get(|service| service.option("MAX_RETRIES", 0).option("REBUILD_STRATEGY_ALLOW_OVERRIDE", true)).await
}

fn part(service: &Service, component: &Component) -> Part {
    Part::new(&component.name, &service.git.component(component))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_goes_on_with_what_failed_and_what_needs_it() {
    let service = shared().await;
    let (rest, rows, witness) = (service.rest(), service.rows().await, Witness::start());
    let base = Component::new("regraph-base").sleeps(2);
    let middle = Component::new("regraph-middle").sleeps(1).build("rpm -q regraph-base");
    let side = Component::new("regraph-side").build("rpm -q regraph-base");
    let top = Component::new("regraph-top").build("rpm -q regraph-middle regraph-side");
    let module = Module::new("regraph")
        .version(1)
        .part(part(&service, &base))
        .part(part(&service, &middle).buildafter(&["regraph-base"]))
        .part(part(&service, &side).buildafter(&["regraph-base"]))
        .part(part(&service, &top).buildafter(&["regraph-middle", "regraph-side"]));
    let id = rest.submit_document(&module.yaml()).await.id();
    let marker = base.marker.clone().unwrap();
    until_true("the first component to be built", LONG, async || sleeper(&marker).is_some()).await;
    service.git.hide("regraph-side");
    let reason = rest.failed(id).await;
    assert!(reason.contains("regraph-side"), "{reason}");
    let state = async |name: &str| rows.component(id, name).await.state;
    assert_eq!(state("regraph-middle").await, Some(ComponentState::Complete), "it does not need what failed");
    assert_eq!(state("regraph-top").await, None);

    service.git.put_back("regraph-side");
    assert_eq!(rest.submit_document(&module.yaml()).await.id(), id, "the same build goes on");
    rest.ready(id).await;
    assert_eq!(rows.trace(id).await, [Init, Wait, Build, Failed, Wait, Build, Done, Ready]);
    checks::all_told(&rows, id).await;
    checks::nothing_built_again(&rows, id).await;
    for component in [&base, &middle] {
        assert_eq!(witness.builds(component.marker.as_ref().unwrap()), 1, "{}", component.name);
    }
    let attempts = async |name: &str| rows.component(id, name).await.attempt;
    assert_eq!((attempts("regraph-base").await, attempts("regraph-side").await), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_over_stays_taken_over() {
    let service = shared().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let same = Component::new("retake-same");
    let changed = Component::new("retake-changed").tag("BuildRequires: retake-same");
    let module = Module::new("retake").part(part(&service, &same)).part(part(&service, &changed).buildorder(1));
    let submit = async |second: u32| {
        let scmurl = service.git.module_at(&module, &format!("2026-01-02T03:04:{second:02}Z"));
        rest.submit(&json!({"scmurl": scmurl, "branch": "1", "rebuild_strategy": "only-changed"})).await.id()
    };
    let first = submit(1).await;
    rest.ready(first).await;
    service.git.commit("retake-changed", "main", &[("note".to_owned(), "changed".to_owned())]);
    let second = submit(2).await;
    // Once all commits are known, and before the second component is built.
    rest.when(second, "past validation", |build| build["state"].as_i64() > Some(0)).await;
    service.git.hide("retake-changed");
    let reason = rest.failed(second).await;
    assert!(reason.contains("retake-changed"), "{reason}");
    let taken = rows.component(second, "retake-same").await;
    let original = rows.component(first, "retake-same").await.id;
    assert_eq!((taken.state, taken.reused_component_id), (Some(ComponentState::Complete), Some(original)));

    service.git.put_back("retake-changed");
    assert_eq!(submit(2).await, second);
    rest.ready(second).await;
    let still = rows.component(second, "retake-same").await;
    assert_eq!((still.attempt, still.reused_component_id), (0, Some(original)));
    let rebuilt = rows.component(second, "retake-changed").await;
    assert_eq!((rebuilt.attempt, rebuilt.reused_component_id), (1, None));
    checks::nothing_built_again(&rows, second).await;
    checks::all_told(&rows, second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn again_and_again_while_the_last_jobs_still_end() {
    let service = shared().await;
    let (rest, rows, witness) = (service.rest(), service.rows().await, Witness::start());
    let quick = Component::new("patient-quick").sleeps(1);
    let slow = Component::new("patient-slow").sleeps(4);
    let module =
        Module::new("patient").version(1).part(part(&service, &quick)).part(part(&service, &slow).buildorder(1));
    let id = rest.submit_document(&module.yaml()).await.id();
    let marker = slow.marker.clone().unwrap();
    for round in 1..=3 {
        // The sleeper of the round before may still be there: it is ended while its successor waits.
        let is_building = async || {
            let row = rows.components(id).await.into_iter().find(|row| row.package == "patient-slow");
            let at = row.is_some_and(|row| row.state == Some(ComponentState::Building) && row.attempt == round - 1);
            at && sleeper(&marker).is_some()
        };
        until_true("the slow one to be built", LONG, is_building).await;
        assert_eq!(rest.cancel(id).await.status, 200);
        assert_eq!(rest.submit_document(&module.yaml()).await.id(), id);
        assert_eq!(rows.build(id).await.resumed, round);
    }
    rest.ready(id).await;
    assert_eq!(witness.builds(quick.marker.as_ref().unwrap()), 1);
    assert_eq!(rows.component(id, "patient-slow").await.attempt, 3);
    checks::all_told(&rows, id).await;
    checks::nothing_built_again(&rows, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_in_init_begins_there() {
    let service = shared().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let component = Component::new("early");
    let url = service.git.component(&component);
    let module = Module::new("early").version(1).part(Part::new("early", &url).reference("later"));
    let id = rest.submit_document(&module.yaml()).await.id();
    let reason = rest.failed(id).await;
    assert!(reason.contains("later"), "{reason}");
    let folder = service.git.folder().join("early");
    let status = std::process::Command::new("git").arg("-C").arg(folder).args(["branch", "later"]).status().unwrap();
    assert!(status.success());
    assert_eq!(rest.submit_document(&module.yaml()).await.id(), id);
    rest.ready(id).await;
    assert_eq!(rows.trace(id).await, [Init, Failed, Init, Wait, Build, Done, Ready]);
    checks::all_told(&rows, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_in_wait_begins_there() {
    let service = shared().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let module = Module::new("waiting").version(1).platforms(&["f31"]);
    let module = module.part(part(&service, &Component::new("waiting")));
    service.import_platform("f31");
    let body = json!({"modulemd": module.yaml(), "side_tag": "f31-side"});
    let id = rest.submit(&body).await.id();
    let reason = rest.failed(id).await;
    assert_eq!(reason, "None of the buildrequired base modules are configured for side tags.");
    // The base module learns of side tags.
    let file = service.folder().join("platform-f31.yaml");
    let text =
        platform("f31").replace("      mse: TRUE\n", "      mse: TRUE\n      koji_side_tag_format: \"{side_tag}\"\n");
    std::fs::write(&file, text).unwrap();
    assert!(service.manage(&["import_module", file.to_str().unwrap()]).status.success());
    assert_eq!(rest.submit(&body).await.id(), id);
    rest.ready(id).await;
    assert_eq!(rows.trace(id).await, [Init, Wait, Failed, Wait, Build, Done, Ready]);
    checks::all_told(&rows, id).await;
}
