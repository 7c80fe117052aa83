//! The gate between `done` and `ready`.

use entities::ModuleState::Ready;
use serde_json::{Value, json};
use tests::fixtures::Part;
use tests::greenwave::Greenwave;
use tests::{Component, Module, Service, checks};

async fn submitted(service: &Service, name: &str) -> i64 {
    let module = Module::new(name).part(Part::new(name, &service.git.component(&Component::new(name))));
    service.rest().submit_document(&module.yaml()).await.id()
}

async fn says(service: &Service, id: i64, reason: &str) -> Value {
    let is_so = |build: &Value| build["state_name"] == "done" && build["state_reason"] == reason;
    service.rest().when(id, &format!("waiting: {reason}"), is_so).await
}

async fn opened_from_outside(service: &Service) {
    let (rest, rows) = (service.rest(), service.rows().await);
    let id = submitted(service, "gated").await;
    says(service, id, "Waits for its gate to be opened (POST module-builds/<id>/gate).").await;
    for (body, message) in [
        (json!([]), "Invalid JSON submitted"),
        (json!({}), "\"open\" has to be true or false"),
        (json!({"open": "yes"}), "\"open\" has to be true or false"),
        (json!({"open": true, "reason": 1}), "\"reason\" has to be a text"),
        (json!({"open": true, "reason": "\0"}), "The \"reason\" holds a NUL character"),
        (json!({"open": true, "force": true}), "Only \"open\" and \"reason\" can be said, not \"force\""),
    ] {
        let answer = rest.gate(id, &body).await;
        assert_eq!((answer.status, answer.message()), (400, message));
    }
    assert_eq!(rest.gate(4711, &json!({"open": true})).await.status, 404);

    let closed = rest.gate(id, &json!({"open": false, "reason": "2 of 40 tests failed"})).await;
    let reason = "The gate was kept closed by anonymous: 2 of 40 tests failed";
    assert_eq!((closed.status, &closed.body["state_reason"]), (200, &json!(reason)), "{}", closed.text);
    // Asked again, the hook knows no more than that.
    let asked = async || rows.claims(&format!("module:{id}")).await;
    let before = asked().await;
    tests::wait::until_true("it to be looked at again", tests::wait::LONG, async || asked().await >= before + 2).await;
    says(service, id, reason).await;

    let open = rest.gate(id, &json!({"open": true})).await;
    assert_eq!((open.status, &open.body["state_name"]), (200, &json!("ready")), "{}", open.text);
    assert_eq!(open.body["state_reason"], Value::Null);
    checks::went_straight(&rows, id).await;
    let messages = rest.get(&format!("/module-builds/{id}/messages")).await;
    assert!(messages.text.contains("The gate was opened by anonymous."), "{}", messages.text);
    let again = rest.gate(id, &json!({"open": true})).await;
    assert_eq!(again.status, 409, "{}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_opens_it() {
    let service = Service::builder()
        .option("GATE", "hook")
        .option("GATE_GROUPS", json!(["packager"]))
        .option("GATE_INTERVAL_SECONDS", 1)
        .option("UPKEEP_SECONDS", 1);
    opened_from_outside(&service.start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_opens_it_on_postgresql() {
    let service = Service::builder()
        .postgres()
        .workers(2)
        .option("GATE", "hook")
        .option("ADMIN_GROUPS", json!(["packager"]))
        .option("GATE_INTERVAL_SECONDS", 1)
        .option("UPKEEP_SECONDS", 1);
    opened_from_outside(&service.start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_everybody_may_and_not_everything_has_one() {
    let service = Service::builder().option("GATE_GROUPS", json!(["testers"])).start().await;
    let id = submitted(&service, "ungated").await;
    service.rest().ready(id).await;
    let answer = service.rest().gate(id, &json!({"open": true})).await;
    let message = "anonymous is not in a group that may answer for the gate (GATE_GROUPS)";
    assert_eq!((answer.status, answer.message()), (403, message));
    checks::went_straight(&service.rows().await, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn greenwave_is_asked_until_it_agrees() {
    let greenwave = Greenwave::start().await;
    let service = Service::builder()
        .option("GATE", "greenwave")
        .option("GREENWAVE_URL", greenwave.url())
        .option("GREENWAVE_DECISION_CONTEXT", "ours")
        .option("GATE_INTERVAL_SECONDS", 1)
        .option("UPKEEP_SECONDS", 1)
        .start()
        .await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let id = submitted(&service, "green").await;
    let waits =
        "Waits for Greenwave (ours): fedora-28: 1 of 2 required tests failed; rhel-8: 1 of 2 required tests failed";
    let build = says(&service, id, waits).await;
    let text = |key: &str| build[key].as_str().unwrap().to_owned();
    let subject = format!("green-1-{}.{}", text("version"), text("context"));
    let expected = json!({
        "decision_context": "ours", "product_version": "fedora-28", "subject_type": "redhat-module",
        "subject_identifier": subject,
    });
    assert_eq!(greenwave.questions()[0], expected);
    greenwave.break_down(true);
    says(&service, id, "Waits for Greenwave, which cannot be asked: it answered \"502 Bad Gateway\".").await;
    greenwave.break_down(false);
    says(&service, id, waits).await;
    greenwave.satisfy("rhel-8", &subject);
    let build = rest.in_state(id, "ready").await;
    assert_eq!(build["state_reason"], Value::Null);
    assert_eq!(rows.build(id).await.state, Ready);
    checks::went_straight(&rows, id).await;
}

#[tokio::test]
async fn greenwave_has_an_address() {
    let service = Service::builder().prepare().await;
    let output = service.manager(&["config", "check"]).env("MBS_GATE", "greenwave").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    for name in ["GREENWAVE_URL", "GREENWAVE_DECISION_CONTEXT"] {
        assert!(said.contains(&format!("`GATE: greenwave` needs `{name}`")), "{said}");
    }
}
