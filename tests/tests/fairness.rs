//! Whose components are built when there are not enough slots for all, on real packages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use entities::ComponentState;
use serde_json::json;
use tests::fixtures::Part;
use tests::service::Builder;
use tests::wait::{LONG, until_true};
use tests::{Component, Module, Service, checks};

/// Components of the large module.
const MANY: usize = 10;

async fn submit(service: &Service, name: &str, owner: &str, components: usize) -> i64 {
    let part = |number: usize| {
        let component = Component::new(&format!("{name}-{number}")).sleeps(1);
        Part::new(&component.name, &service.git.component(&component))
    };
    let module = (0..components).map(part).fold(Module::new(name), Module::part);
    service.rest().submit(&json!({"modulemd": module.yaml(), "owner": owner})).await.id()
}

/// Waits until `count` components of a build have been started, `module-build-macros` included.
async fn started(service: &Service, id: i64, count: usize) {
    let rows = service.rows().await;
    until_true("components to start", LONG, async || {
        rows.components(id).await.iter().filter(|row| row.time_started.is_some()).count() >= count
    })
    .await;
}

/// Whose component was started, in the order of starts: `true` is the small module's.
async fn turns(service: &Service, large: i64, small: i64) -> Vec<bool> {
    let rows = service.rows().await;
    let mut starts = Vec::new();
    for (id, is_small) in [(large, false), (small, true)] {
        checks::went_straight(&rows, id).await;
        starts.extend(rows.components(id).await.iter().map(|row| (row.time_started.unwrap(), is_small)));
    }
    starts.sort_unstable();
    starts.into_iter().map(|(_, is_small)| is_small).collect()
}

/// One slot; the small module comes while the large one has most of its components waiting for it.
async fn a_small_module_gets_its_turns(service: Builder) {
    let service = service.option("NUM_CONCURRENT_BUILDS", 1).start().await;
    let large = submit(&service, "large", "ada", MANY).await;
    started(&service, large, 2).await;
    let small = submit(&service, "small", "bob", 2).await;
    service.rest().ready(small).await;
    service.rest().ready(large).await;
    let turns = turns(&service, large, small).await;
    let at: Vec<usize> = turns.iter().enumerate().filter(|(_, small)| **small).map(|(at, _)| at).collect();
    assert!(at.windows(2).all(|pair| pair[1] - pair[0] <= 3), "one of the large module in between: {turns:?}");
    assert!(at[2] < MANY, "the small module does not wait for the large one: {turns:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_module_gets_its_turns_on_sqlite() {
    a_small_module_gets_its_turns(Service::builder()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_module_gets_its_turns_with_two_workers_on_postgresql() {
    a_small_module_gets_its_turns(Service::builder().postgres().redis().workers(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_in_the_background_lets_everybody_else_go_first() {
    let service = Service::builder().option("NUM_CONCURRENT_BUILDS", 1).start().await;
    let large = submit(&service, "large", "ada", MANY).await;
    started(&service, large, 2).await;
    let patch = async |body| service.rest().patch(large, &body).await;
    for (body, status) in [
        (json!({"priority": 1, "owner": "ada"}), 403),
        (json!({"priority": -10, "owner": "bob"}), 403),
        (json!({"priority": -101, "owner": "ada"}), 400),
        (json!({"priority": "low", "owner": "ada"}), 400),
        (json!({"priority": -10, "state": "failed", "owner": "ada"}), 400),
        (json!({"priority": -10, "owner": "ada"}), 200),
    ] {
        let answer = patch(body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
    }
    let shown = service.rest().get(&format!("/module-builds/{large}?verbose=true")).await;
    assert_eq!(shown.body["priority"], -10);
    let small = submit(&service, "small", "ada", 4).await;
    service.rest().ready(small).await;
    service.rest().ready(large).await;
    let turns = turns(&service, large, small).await;
    let at: Vec<usize> = turns.iter().enumerate().filter(|(_, small)| **small).map(|(at, _)| at).collect();
    // After `module-build-macros` the small module waits for its repository; then it has the slot to itself.
    assert_eq!(at[4] - at[1], 3, "nothing of the large module in between: {turns:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_raise_priorities_and_the_longest_component_goes_first() {
    let service = Service::builder().option("NUM_CONCURRENT_BUILDS", 1).option("REBUILD_STRATEGY", "all").start().await;
    let git = &service.git;
    let parts = [("brief", 0), ("lasting", 3), ("medium", 1)];
    let parts = parts.map(|(name, seconds)| {
        let component = Component::new(name);
        let component = if seconds > 0 { component.sleeps(seconds) } else { component };
        Part::new(name, &git.component(&component))
    });
    let module = parts.into_iter().fold(Module::new("measured"), Module::part);
    let rows = service.rows().await;
    let mut orders = Vec::new();
    for version in [1, 2] {
        let id = service.rest().submit_document(&module.clone().version(version).yaml()).await.id();
        if version == 2 {
            let set = service.manage(&["set_priority", &id.to_string(), "7"]);
            assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
            assert_eq!(rows.build(id).await.priority, 7);
        }
        service.rest().ready(id).await;
        let mut components = rows.components(id).await;
        components.retain(|row| row.state == Some(ComponentState::Complete) && row.package != "module-build-macros");
        components.sort_by_key(|row| row.time_started);
        assert_eq!(components.iter().all(|row| row.expected_seconds.is_some()), version == 2);
        orders.push(components.into_iter().map(|row| row.package).collect::<Vec<_>>());
    }
    assert_eq!(orders[1], ["lasting", "medium", "brief"], "the first build: {orders:?}");
}
