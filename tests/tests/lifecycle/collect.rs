//! Builds that nobody looks after.

use entities::ModuleState::{self, Build, Failed, Garbage, Init, Wait};
use entities::{CleanUp, ComponentState};
use serde_json::json;
use tests::fixtures::Part;
use tests::rows::Rows;
use tests::wait::{LONG, until_true};
use tests::witness::sleeper;
use tests::{Component, Module, Service, checks};

async fn becomes(rows: &Rows, id: i64, state: ModuleState) {
    until_true(&format!("build {id} to be {}", state.name()), LONG, async || rows.build(id).await.state == state).await;
}

async fn gone(service: &Service, rows: &Rows, id: i64) {
    until_true("everything to be removed", LONG, async || rows.build(id).await.clean_up == CleanUp::Gone).await;
    let tag = rows.build(id).await.koji_tag.unwrap();
    assert!(!service.results().join(&tag).exists(), "{tag} is still there");
}

/// Fails in its second batch.
fn failing(service: &Service, name: &str) -> Module {
    let good = Component::new(&format!("{name}-good"));
    let bad = Component::new(&format!("{name}-bad")).build("exit 1");
    Module::new(name)
        .version(1)
        .part(Part::new(&good.name, &service.git.component(&good)))
        .part(Part::new(&bad.name, &service.git.component(&bad)).buildorder(1))
}

async fn failed_builds(service: &Service) {
    let (rest, rows) = (service.rest(), service.rows().await);
    let (old, young) = (failing(service, "old"), failing(service, "young"));
    let (old_id, young_id) =
        (rest.submit_document(&old.yaml()).await.id(), rest.submit_document(&young.yaml()).await.id());
    rest.failed(old_id).await;
    rest.failed(young_id).await;
    rows.age(old_id, 181).await;
    rows.age(young_id, 179).await;
    becomes(&rows, old_id, Garbage).await;
    gone(service, &rows, old_id).await;
    let build = rows.build(old_id).await;
    let reason = "The module was garbage collected since it has failed over 180 days ago";
    assert_eq!(build.state_reason.as_deref(), Some(reason));
    assert_eq!(rows.trace(old_id).await, [Init, Wait, Build, Failed, Garbage]);
    let good = rows.component(old_id, "old-good").await;
    assert_eq!((good.state, good.tagged), (Some(ComponentState::Complete), Some(false)));
    checks::all_told(&rows, old_id).await;
    let again = rest.submit_document(&old.yaml()).await;
    assert!(again.status == 409 && again.message().contains("(state=6)"), "{}", again.text);

    let cleaned = async || rows.build(young_id).await.clean_up == CleanUp::Nothing;
    until_true("the young one to be cleaned up", LONG, cleaned).await;
    let logs = service.folder().join("state/logs");
    let log = |id: i64| std::fs::read_to_string(logs.join(format!("build-{id}.log")));
    assert!(log(old_id).is_err(), "its log is removed, too");
    let log = log(young_id).unwrap();
    for line in ["module: init", "component young-good: COMPLETE", "component young-bad: FAILED: ", "module: failed: "]
    {
        assert!(log.contains(line), "{line:?} is missing in:\n{log}");
    }
    assert_eq!(rows.build(young_id).await.state, Failed);
    let tag = rows.build(young_id).await.koji_tag.unwrap();
    assert!(service.results().join(tag).join("components/young-good").exists(), "it can still go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_builds_become_garbage() {
    failed_builds(&Service::builder().option("UPKEEP_SECONDS", 1).start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_builds_become_garbage_on_postgresql() {
    failed_builds(&Service::builder().postgres().workers(2).option("UPKEEP_SECONDS", 1).start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stuck_builds_fail() {
    let service = Service::builder().option("UPKEEP_SECONDS", 1).start().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let mut running = Vec::new();
    for name in ["stuck", "slow"] {
        let component = Component::new(name).sleeps(600);
        let module = Module::new(name).part(Part::new(name, &service.git.component(&component)));
        let id = rest.submit_document(&module.yaml()).await.id();
        let marker = component.marker.unwrap();
        until_true("it to run", LONG, async || sleeper(&marker).is_some()).await;
        running.push((id, marker));
    }
    let [(stuck, marker), (slow, other)] = &running[..] else { panic!("two run") };
    rows.age(*slow, 8).await;
    // A component of it has moved since.
    let moved = format!(
        "UPDATE component_builds_trace SET state_time = (SELECT MAX(time_modified) FROM module_builds WHERE id = {stuck}) \
         WHERE component_id IN (SELECT id FROM component_builds WHERE module_id = {slow})"
    );
    sea_orm::ConnectionTrait::execute_unprepared(rows.connection(), &moved).await.unwrap();
    rows.age(*stuck, 8).await;
    becomes(&rows, *stuck, Failed).await;
    assert_eq!(rest.failed(*stuck).await, "The module was in build for more than 7 days");
    until_true("what it runs to be stopped", LONG, async || sleeper(marker).is_none()).await;
    checks::all_told(&rows, *stuck).await;
    assert_eq!(rows.build(*slow).await.state, Build);
    assert!(sleeper(other).is_some(), "it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn scratch_builds_go_where_that_is_wanted() {
    let service = Service::builder()
        .option("UPKEEP_SECONDS", 1)
        .option("MODULES_ALLOW_SCRATCH", true)
        .option("CLEANUP_SCRATCH_BUILDS_TIME", 1)
        .option("CLEANUP_STUCK_BUILDS_STATES", json!(["init", "wait", "build", "done"]))
        .start()
        .await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let module = Module::new("itch").part(Part::new("itch", &service.git.component(&Component::new("itch"))));
    let body = json!({"modulemd": module.yaml(), "scratch": true});
    let id = rest.submit(&body).await.id();
    rest.in_state(id, "done").await;
    rows.age(id, 30).await;
    becomes(&rows, id, Garbage).await;
    gone(&service, &rows, id).await;
    let trace = rows.trace(id).await;
    assert!(!trace.contains(&Failed), "a scratch build that is done is not stuck: {trace:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_of_retired_builds_stay_for_as_long_as_others_use_them() {
    let service = Service::builder().option("UPKEEP_SECONDS", 1).option("CLEANUP_RETIRED_BUILDS_TIME", 5).start().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let module = Module::new("lender").part(Part::new("loan", &service.git.component(&Component::new("loan"))));
    let build = async |second: u32| {
        let scmurl = service.git.module_at(&module, &format!("2026-01-02T03:04:{second:02}Z"));
        let id = rest.submit_scm(&scmurl, "1").await.id();
        rest.ready(id).await;
        id
    };
    let (first, second) = (build(1).await, build(2).await);
    let original = rows.component(first, "loan").await.id;
    assert_eq!(rows.component(second, "loan").await.reused_component_id, Some(original));
    let output = service.manage(&["retire", "lender:1", "--confirm"]);
    assert!(output.status.success(), "{output:?}");
    rows.age(first, 6).await;
    rows.age(second, 6).await;
    gone(&service, &rows, second).await;
    // Only now does nobody need it any more.
    gone(&service, &rows, first).await;
    assert_eq!(rows.build(first).await.state, Garbage);
}
