//! Builds explain themselves: what each component waits for, why it failed, when it is tried again, how long the rest takes; and
//! failed components can be tried again. On real packages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use entities::ComponentState;
use serde_json::{Value, json};
use tests::fixtures::Part;
use tests::git::Daemon;
use tests::process::free_port;
use tests::service::SharedService;
use tests::wait::{LONG, until};
use tests::{Component, Module, Service, Shared, checks};

static SHARED: Shared = Shared::new();

async fn shared() -> SharedService {
    SHARED.get(|service| service.option("MAX_RETRIES", 2).option("REBUILD_STRATEGY_ALLOW_OVERRIDE", true)).await
}

/// How a component is, as the progress of its build tells; `None` before the build has components.
async fn part_of(service: &Service, id: i64, package: &str) -> Option<Value> {
    let answer = service.rest().get(&format!("/module-builds/{id}/progress")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["components"].as_array().unwrap().iter().find(|part| part["package"] == package).cloned()
}

/// The same of a component that is there.
async fn part(service: &Service, id: i64, package: &str) -> Value {
    part_of(service, id, package).await.unwrap()
}

/// The same component by its own resource.
async fn extended(service: &Service, part: &Value) -> Value {
    let answer = service.rest().get(&format!("/component-builds/{}?extended=true", part["id"])).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

/// Waits until a component waits for this.
async fn waiting(service: &Service, id: i64, package: &str, what: &str) -> Value {
    let look = async || part_of(service, id, package).await.filter(|part| part["waits_for"]["for"] == what);
    until(&format!("{package} to wait for {what}"), LONG, look).await
}

/// GraphQL's view of a build's components.
async fn graphql(service: &Service, id: i64) -> Vec<Value> {
    let query = format!(
        "{{ moduleBuild(id: {id}) {{ estimate {{ seconds atLeastSeconds unknown criticalPath }} \
         components(first: 100) {{ nodes {{ package estimatedSeconds reuse {{ rule }} failure {{ verdict phase message logLine }} retry {{ number of at }} \
         waitsFor {{ for components until reason }} }} }} }} }}"
    );
    let client = reqwest::Client::new();
    let request = client.post(format!("{}/graphql", service.address())).json(&json!({ "query": query }));
    let answer: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["moduleBuild"]["components"]["nodes"].as_array().unwrap().clone()
}

fn client(service: &Service, arguments: &[&str]) -> (i32, String) {
    let output = service.client(arguments);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

async fn retry(service: &Service, id: i64, body: &Value) -> (u16, String) {
    let path = format!("/module-builds/{id}/retry");
    let answer = service.rest().post(&path, &[], body.to_string()).await;
    (answer.status, answer.message().to_owned())
}

/// `slow`; then `flaky`, whose repository goes away meanwhile, `wrong`, which never builds, and `needy`, which needs
/// `wrong` beside it; `after` them all.
fn trouble(service: &Service, name: &str, port: u16) -> Module {
    let git = &service.git;
    let component = |layer: &str| Component::new(&format!("{name}-{layer}"));
    let (slow, flaky, after) = (component("slow").sleeps(8), component("flaky"), component("after"));
    let wrong = component("wrong").build("echo 'main.c:3:1: error: unknown type name number' >&2").build("exit 2");
    let needy = component("needy").tag(&format!("BuildRequires: {name}-wrong"));
    git.component(&flaky);
    let sourced = |component: &Component| Part::new(&component.name, &git.component(component));
    Module::new(name)
        .part(sourced(&slow))
        .part(Part::new(&flaky.name, &format!("git://127.0.0.1:{port}/{}", flaky.name)).buildorder(1))
        .part(sourced(&wrong).buildorder(1))
        .part(sourced(&needy).buildorder(1))
        .part(sourced(&after).buildorder(2))
}

async fn failures_are_told_and_tried_again(service: &Service, name: &str) {
    let named = |layer: &str| format!("{name}-{layer}");
    let port = free_port();
    let daemon = Daemon::serve_at(&service.git, port).await;
    let id = service.rest().submit_document(&trouble(service, name, port).yaml()).await.id();

    // While the first batch is built.
    let slow = waiting(service, id, &named("slow"), "build-system").await;
    let flaky = part(service, id, &named("flaky")).await;
    assert_eq!(flaky["waits_for"]["reason"], format!("Waits for {}.", named("slow")));
    assert_eq!(part(service, id, &named("after")).await["waits_for"]["components"].as_array().unwrap().len(), 3);
    assert_eq!(extended(service, &flaky).await["waits_for"], flaky["waits_for"]);
    assert_eq!((&slow["estimated_seconds"], &slow["remaining_seconds"]), (&Value::Null, &Value::Null));
    let progress = service.rest().get(&format!("/module-builds/{id}/progress")).await.body;
    assert_eq!(progress["estimate"]["seconds"], Value::Null, "nothing is known: {progress}");
    let (_, info) = client(service, &["info", &id.to_string()]);
    assert!(info.contains("time left is unknown") && info.contains("Waits for"), "{info}");

    // The build system's trouble is waited out, twice.
    drop(daemon);
    let flaky = waiting(service, id, &named("flaky"), "retry").await;
    assert_eq!((&flaky["retry"]["of"], &flaky["failure"]["verdict"]), (&json!(2), &json!("infra")), "{flaky}");
    assert!(flaky["waits_for"]["until"].is_string(), "{flaky}");
    let reason = service.rest().failed(id).await;
    for layer in ["flaky", "wrong", "needy"] {
        assert!(reason.contains(&named(layer)), "all failures show in one go: {reason}");
    }
    let rows = service.rows().await;
    let attempts = async |layer: &str| rows.component(id, &named(layer)).await.attempt;
    assert_eq!((attempts("flaky").await, attempts("wrong").await), (2, 0), "only the operator's trouble is retried");
    verdicts(service, id, name).await;
    checks::all_told(&rows, id).await;

    // Some, and then all.
    refusals(service, id, name).await;
    let _daemon = Daemon::serve_at(&service.git, port).await;
    let (status, said) = client(service, &["retry", &id.to_string(), &named("flaky")]);
    assert!(status == 0 && said.contains("is wait: Retried by anonymous"), "{said}");
    let reason = service.rest().failed(id).await;
    assert!(!reason.contains(&named("flaky")) && reason.contains(&named("wrong")), "{reason}");
    let flaky = rows.component(id, &named("flaky")).await;
    assert_eq!((flaky.state, flaky.attempt, flaky.verdict), (Some(ComponentState::Complete), 3, None));
    assert_eq!(attempts("wrong").await, 0, "it was not named");
    let after = part(service, id, &named("after")).await;
    let left = format!("Not built because {}, {} failed.", named("needy"), named("wrong"));
    assert_eq!(after["failure"]["message"], left);
    assert_eq!(retry(service, id, &json!({})).await.0, 200);
    service.rest().failed(id).await;
    assert_eq!((attempts("flaky").await, attempts("wrong").await), (3, 1));
    let audited = rows.audited("retry").await;
    assert!(audited.contains(&format!("module-builds/{id}")), "{audited:?}");
    checks::nothing_built_again(&rows, id).await;
}

async fn verdicts(service: &Service, id: i64, name: &str) {
    let failure = async |layer: &str| {
        let part = part(service, id, &format!("{name}-{layer}")).await;
        assert_eq!(extended(service, &part).await["failure"], part["failure"]);
        assert_eq!(part["waits_for"], Value::Null, "{part}");
        part["failure"].clone()
    };
    let wrong = failure("wrong").await;
    assert_eq!((&wrong["verdict"], &wrong["phase"]), (&json!("user"), &json!("build")));
    assert_eq!(wrong["message"], "main.c:3:1: error: unknown type name number");
    // It stands where it says.
    let row = service.rows().await.build(id).await;
    let log = service.component_log(&row.koji_tag.unwrap(), &format!("{name}-wrong"));
    let line = usize::try_from(wrong["log_line"].as_i64().unwrap()).unwrap();
    assert_eq!(log.lines().nth(line - 1), wrong["message"].as_str(), "{log}");
    let needy = failure("needy").await;
    assert_eq!((&needy["verdict"], &needy["phase"]), (&json!("dependency"), &json!("build_requires")), "{needy}");
    assert!(needy["message"].as_str().unwrap().contains("is not in the buildroot yet"), "{needy}");
    assert_eq!(failure("flaky").await["verdict"], "infra");
    let after = failure("after").await;
    assert_eq!((&after["verdict"], &after["phase"]), (&json!("dependency"), &Value::Null));
    assert!(after["message"].as_str().unwrap().starts_with("Not built because "), "{after}");
    assert_eq!(failure("slow").await, Value::Null);
    let (_, info) = client(service, &["info", &id.to_string()]);
    for told in ["[user]", "[infra]", "[dependency]"] {
        assert!(info.contains(told), "{told}: {info}");
    }
    let shown = graphql(service, id).await;
    let of = |layer: &str| shown.iter().find(|one| one["package"] == format!("{name}-{layer}")).unwrap();
    assert_eq!(of("wrong")["failure"]["logLine"], wrong["log_line"]);
    assert_eq!((&of("flaky")["retry"]["number"], &of("after")["waitsFor"]), (&json!(2), &Value::Null));
    assert_eq!(of("wrong")["reuse"]["rule"], "earlier-build");
}

async fn refusals(service: &Service, id: i64, name: &str) {
    let before = service.rows().await.trace(id).await;
    let nobody = json!({"components": ["nobody"]});
    for (body, status, why) in [
        (nobody, 400, "The build has no component nobody."),
        (json!({"components": [format!("{name}-slow")]}), 400, "did not fail"),
        (json!({"components": [format!("{name}-after")]}), 400, "did not fail"),
        (json!({"components": []}), 400, "names no component"),
        (json!({"components": "x"}), 400, "has to be a list of names"),
        (json!({"components": [1]}), 400, "has to be a list of names"),
        (json!({"component": ["x"]}), 400, "\"component\" is no parameter here"),
        (json!([]), 400, "Invalid JSON submitted"),
    ] {
        let (answered, message) = retry(service, id, &body).await;
        assert!(answered == status && message.contains(why), "{body}: {answered} {message}");
    }
    assert_eq!(retry(service, 999_999, &json!({})).await.0, 404);
    let (status, said) = client(service, &["retry", &id.to_string(), "nobody"]);
    assert!(status == 3 && said.contains("no component nobody"), "{said}");
    assert_eq!(service.rows().await.trace(id).await, before, "refusals change nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_and_tried_again_on_sqlite() {
    failures_are_told_and_tried_again(&*shared().await, "told").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_and_tried_again_on_postgresql_with_two_workers() {
    let service = Service::builder().option("MAX_RETRIES", 2).postgres().redis().workers(2).start().await;
    failures_are_told_and_tried_again(&service, "told").await;
}

/// Two that sleep, one after the other, and one beside them that needs a slot.
fn timed(service: &Service, name: &str) -> Module {
    let part = |layer: &str, seconds| {
        let component = Component::new(&format!("{name}-{layer}")).sleeps(seconds);
        Part::new(&component.name, &service.git.component(&component))
    };
    Module::new(name).part(part("first", 4)).part(part("second", 2).buildorder(1)).part(part("third", 2).buildorder(1))
}

async fn the_second_time_it_is_known(service: &Service, name: &str) {
    let document = timed(service, name);
    let submit = async |version| {
        let text = document.clone().version(version).yaml();
        service.rest().submit(&json!({"modulemd": text, "rebuild_strategy": "all"})).await.id()
    };
    let first = submit(1).await;
    service.rest().ready(first).await;
    assert_eq!(part(service, first, &format!("{name}-first")).await["estimated_seconds"], Value::Null);
    let progress = service.rest().get(&format!("/module-builds/{first}/progress")).await.body;
    assert_eq!(progress["estimate"], Value::Null, "it is over");

    let second = submit(2).await;
    let running = waiting(service, second, &format!("{name}-first"), "build-system").await;
    let progress = service.rest().get(&format!("/module-builds/{second}/progress")).await.body;
    let expected = running["estimated_seconds"].as_i64().unwrap();
    assert!((4..60).contains(&expected), "{running}");
    let estimate = &progress["estimate"];
    assert_eq!(estimate["unknown"], json!([]), "{progress}");
    let path = estimate["critical_path"].as_array().unwrap();
    assert!(path.len() > 1 && path[0] == format!("{name}-first"), "{progress}");
    assert!(estimate["seconds"].as_i64().unwrap() >= 2, "what comes after it takes its time, too: {progress}");
    let shown = graphql(service, second).await;
    assert!(shown.iter().all(|component| component["estimatedSeconds"].is_i64()), "{shown:?}");
    let watched = client(service, &["watch", &second.to_string()]).1;
    assert!(watched.contains("left"), "{watched}");
    service.rest().ready(second).await;
    let (status, message) = retry(service, second, &json!({})).await;
    assert!(status == 409 && message.contains("is ready; only components of a failed build"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_time_it_is_known_on_sqlite() {
    the_second_time_it_is_known(&*shared().await, "timed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_time_it_is_known_on_postgresql() {
    let service = Service::builder().option("REBUILD_STRATEGY_ALLOW_OVERRIDE", true).postgres().start().await;
    the_second_time_it_is_known(&service, "timed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_waits_for_a_slot_and_times_out() {
    let options = |builder: tests::service::Builder| {
        builder.option("NUM_CONCURRENT_BUILDS", 1).option("BUILD_TIMEOUT", 3).option("KEEP_GOING", false)
    };
    let service = options(Service::builder()).start().await;
    let git = &service.git;
    let part = |component: &Component| Part::new(&component.name, &git.component(component));
    let (endless, other) = (Component::new("slot-endless").sleeps(600), Component::new("slot-other").sleeps(601));
    let module = Module::new("slot").part(part(&endless)).part(part(&other));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let slots = async || {
        let parts = [part_of(&service, id, "slot-endless").await?, part_of(&service, id, "slot-other").await?];
        let mut waits: Vec<_> = parts.iter().map(|part| part["waits_for"]["for"].clone()).collect();
        waits.sort_by_key(ToString::to_string);
        (waits == [json!("build-system"), json!("slot")]).then_some(parts)
    };
    until("one to be built and the other to wait for the slot", LONG, slots).await;
    let reason = service.rest().failed(id).await;
    let parts =
        [part_of(&service, id, "slot-endless").await.unwrap(), part_of(&service, id, "slot-other").await.unwrap()];
    let (failed, left): (Vec<_>, Vec<_>) = parts.iter().partition(|part| part["state_name"] == "FAILED");
    assert_eq!((failed.len(), left.len()), (1, 1), "without KEEP_GOING the first failure ends the build: {reason}");
    assert_eq!(failed[0]["failure"]["verdict"], "timeout", "{failed:?}");
    assert_eq!((&left[0]["state"], &left[0]["attempt"]), (&Value::Null, &json!(0)), "{left:?}");
    // One alone would fail at once because of the other, if both had failed; here there is only one.
    let name = failed[0]["package"].as_str().unwrap();
    assert_eq!(retry(&service, id, &json!({"components": [name]})).await.0, 200);
    service.rest().failed(id).await;
}
