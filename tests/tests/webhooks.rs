//! Webhooks, with a receiver that fails, hangs, redirects, and comes back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tests::fixtures::Part;
use tests::receiver::{Mood, Received, Receiver};
use tests::rest::Answer;
use tests::service::Builder;
use tests::wait::{LONG, until, until_true};
use tests::{Component, Module, Service};

const SECRET: &str = "a secret of this test";

fn builder() -> Builder {
    Service::builder()
        .option("YAML_SUBMIT_ALLOWED", true)
        .option("WEBHOOKS_ALLOW_PRIVATE", true)
        .option("WEBHOOK_TIMEOUT_SECONDS", 1)
        .option("WEBHOOK_RETRY_SECONDS", 0)
        .option("WEBHOOK_MAX_ATTEMPTS", 3)
        .option("UPKEEP_SECONDS", 1)
}

async fn ask(service: &Service, method: &str, path: &str, body: Option<Value>) -> Answer {
    service.rest().request(method, path, &[], body.as_ref()).await
}

async fn make(service: &Service, url: &str, events: Value) -> i64 {
    let made =
        ask(service, "POST", "/webhooks/", Some(json!({ "url": url, "events": events, "secret": SECRET }))).await;
    assert_eq!((made.status, &made.body["secret"]), (201, &json!(SECRET)), "{}", made.text);
    made.body["id"].as_i64().unwrap()
}

async fn deliveries(service: &Service, id: i64) -> Vec<Value> {
    let answer = ask(service, "GET", &format!("/webhooks/{id}/deliveries?per_page=100"), None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["items"].as_array().unwrap().clone()
}

/// A module that cannot be built: `init`, then `failed`.
async fn fail(service: &Service, name: &str) -> i64 {
    let module = Module::new(name).part(Part::new("nowhere", "file:///nonexistent/nowhere"));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    service.rest().failed(id).await;
    id
}

/// As somebody else would who has the secret.
fn is_signed(request: &Received) -> bool {
    let program = "import hmac, hashlib, sys\n\
        t, v1 = [part.split('=')[1] for part in sys.argv[1].split(',')]\n\
        text = (t + '.' + sys.argv[2]).encode()\n\
        sys.exit(v1 != hmac.new(sys.argv[3].encode(), text, hashlib.sha256).hexdigest())";
    let mut python = Command::new("python3");
    python.args(["-c", program, &request.headers["mbs-signature"], &request.text, SECRET]);
    python.stderr(Stdio::null()).status().unwrap().success()
}

async fn delivered_once_in_order_and_signed(service: Service) {
    let receiver = Receiver::start().await;
    let id =
        make(&service, &receiver.url("/hook"), json!({ "name": ["hooked"], "topic": ["module.state.change"] })).await;
    fail(&service, "other").await;
    let component = Component::new("hooked-component");
    let part = Part::new(&component.name, &service.git.component(&component));
    let build = service.rest().submit_document(&Module::new("hooked").part(part).yaml()).await.id();
    service.rest().ready(build).await;
    until_true("all states to be told", LONG, async || {
        receiver.received().last().is_some_and(|last| last.event()["body"]["state_name"] == "ready")
    })
    .await;
    let all = receiver.received();
    let states: Vec<_> = all.iter().map(|request| request.event()["body"]["state_name"].clone()).collect();
    assert_eq!(states, ["init", "wait", "build", "done", "ready"]);
    for request in &all {
        assert!(is_signed(request), "{request:?}");
        let event = request.event();
        assert_eq!(event["event_id"], request.headers["mbs-event-id"]);
        assert_eq!((&event["module_build_id"], &event["name"]), (&json!(build), &json!("hooked")));
    }
    let history = until("all deliveries to be written down", LONG, async || {
        let history = deliveries(&service, id).await;
        history.iter().all(|row| row["state"] == "delivered").then_some(history)
    })
    .await;
    assert_eq!(history.len(), 5);
    assert!(history.iter().all(|row| row["attempts"] == 1 && row["status"] == 200 && row["duration_ms"].is_i64()));

    assert!(rows_waiting(&service).await < 1.0);

    // Once more, with the same id of the event.
    let first = history.last().unwrap();
    let again = ask(&service, "POST", &format!("/webhook-deliveries/{}/redelivery", first["id"]), None).await;
    assert_eq!((again.status, &again.body["state"]), (202, &json!("waiting")), "{}", again.text);
    until_true("the event to come again", LONG, async || receiver.received().len() == 6).await;
    assert_eq!(receiver.received()[5].headers["mbs-event-id"], first["event_id"].as_str().unwrap());

    let shown = ask(&service, "GET", &format!("/webhooks/{id}"), None).await;
    assert!(!shown.text.contains(SECRET) && shown.body["active"] == true, "{}", shown.text);
    assert!(!service.server_log().contains(SECRET));
    let gone = ask(&service, "DELETE", &format!("/webhooks/{id}"), None).await;
    assert_eq!(gone.status, 200);
    assert_eq!(ask(&service, "GET", &format!("/webhooks/{id}"), None).await.status, 404);
    assert_eq!(ask(&service, "GET", &format!("/webhooks/{id}/deliveries"), None).await.status, 404);
}

async fn rows_waiting(service: &Service) -> f64 {
    service.rest().metrics().await.value("webhook_deliveries_waiting")
}

#[tokio::test(flavor = "multi_thread")]
async fn delivered_once_in_order_and_signed_on_sqlite() {
    delivered_once_in_order_and_signed(builder().start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delivered_once_in_order_and_signed_on_postgresql() {
    delivered_once_in_order_and_signed(builder().postgres().redis().workers(2).start().await).await;
}

/// One attempt after the other, then off with a reason; on again, it goes on where it stopped.
async fn switched_off_and_on(service: &Service, mood: Mood, reason: &str) {
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let mood = if let Mood::Redirect(_) = mood { Mood::Redirect(elsewhere.url("/")) } else { mood };
    receiver.becomes(mood);
    let name = reason.split_whitespace().last().unwrap().replace(|c: char| !c.is_alphanumeric(), "");
    let name = format!("off-{name}").to_lowercase();
    let id = make(service, &receiver.url("/"), json!({ "name": [&name] })).await;
    fail(service, &name).await;
    let path = format!("/webhooks/{id}");
    let off = until("the webhook to be switched off", LONG, async || {
        let hook = ask(service, "GET", &path, None).await.body;
        (hook["active"] == false).then_some(hook)
    })
    .await;
    let said = off["reason"].as_str().unwrap();
    assert!(said.contains("in 3 attempts") && said.contains(reason), "{said}");
    let history = deliveries(service, id).await;
    let oldest = history.last().unwrap();
    assert_eq!((&oldest["state"], &oldest["attempts"]), (&json!("failed"), &json!(3)), "{history:#?}");
    assert!(history[..history.len() - 1].iter().all(|row| row["state"] == "waiting"), "{history:#?}");
    assert_eq!(receiver.received().len(), 3);
    assert!(elsewhere.received().is_empty(), "a redirect was followed");
    let again = ask(service, "POST", &format!("/webhook-deliveries/{}/redelivery", oldest["id"]), None).await;
    assert_eq!(again.status, 409, "{}", again.text);

    receiver.becomes(Mood::Answer(204, String::new()));
    let on = ask(service, "PATCH", &path, Some(json!({ "active": true }))).await;
    assert_eq!((on.status, &on.body["reason"]), (200, &Value::Null), "{}", on.text);
    let again = ask(service, "POST", &format!("/webhook-deliveries/{}/redelivery", oldest["id"]), None).await;
    assert_eq!(again.status, 202, "{}", again.text);
    until_true("everything to be delivered", LONG, async || {
        let history = deliveries(service, id).await;
        history.len() >= 2 && history.iter().all(|row| row["state"] == "delivered")
    })
    .await;
    let states: Vec<_> = receiver.received()[3..].iter().map(|r| r.event()["body"]["state_name"].clone()).collect();
    assert!(states.contains(&json!("init")) && states.contains(&json!("failed")), "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_fail_hang_and_redirect() {
    let service = builder().start().await;
    let refusal = Mood::Answer(503, "come back \u{1b}[31mtomorrow".to_owned());
    switched_off_and_on(&service, refusal, "503 Service Unavailable\": come back [31mtomorrow").await;
    switched_off_and_on(&service, Mood::Hang, "the receiver did not answer in time").await;
    switched_off_and_on(&service, Mood::Redirect(String::new()), "redirects are not followed").await;
    switched_off_and_on(&service, Mood::Endless, "500 Internal Server Error\": xxxxx").await;
    let metrics = service.rest().metrics().await;
    let attempts = |outcome: &str| metrics.value(&format!("webhook_attempts_total{{outcome=\"{outcome}\"}}"));
    assert_eq!((attempts("postponed"), attempts("given_up")), (8.0, 4.0));
    assert!(attempts("delivered") >= 8.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_was_away_gets_everything() {
    let service = builder().option("WEBHOOK_MAX_ATTEMPTS", 50).option("WEBHOOK_RETRY_SECONDS", 1).start().await;
    let receiver = Receiver::start().await;
    receiver.becomes(Mood::Answer(500, String::new()));
    let id = make(&service, &receiver.url("/"), json!({ "name": ["away"] })).await;
    fail(&service, "away").await;
    until_true("a second attempt", LONG, async || receiver.received().len() >= 2).await;
    // The worker dies in the middle of it.
    service.kill_server();
    receiver.becomes(Mood::Answer(200, String::new()));
    service.start_server().await;
    until_true("everything to be delivered", LONG, async || {
        let history = deliveries(&service, id).await;
        history.len() == 2 && history.iter().all(|row| row["state"] == "delivered")
    })
    .await;
    let mut states: Vec<_> = receiver.received().iter().map(|r| r.event()["body"]["state_name"].clone()).collect();
    states.dedup();
    assert_eq!(states, ["init", "failed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused() {
    let service = builder().option("WEBHOOKS_ALLOW_PRIVATE", false).option("WEBHOOKS_PER_USER", 1).start().await;
    let receiver = Receiver::start().await;
    let named = json!({ "name": ["x"] });
    for (body, message) in [
        (json!({ "url": receiver.url("/"), "events": named }), "\"url\": 127.0.0.1 is not on the internet"),
        (json!({ "url": "http://2130706433/", "events": named }), "\"url\": 127.0.0.1 is not on the internet"),
        (
            json!({ "url": "http://[::ffff:10.0.0.1]/", "events": named }),
            "\"url\": ::ffff:10.0.0.1 is not on the internet",
        ),
        (json!({ "url": "ftp://example.com", "events": named }), "\"url\": it has to be an address that begins"),
        (json!({ "url": "http://u:p@example.com", "events": named }), "\"url\": it has to be an address that begins"),
        (json!({ "url": 7, "events": named }), "\"url\": it has to be an address that begins"),
        (json!({ "url": "http://example.com" }), "\"events\" has to say whose builds"),
        (json!({ "url": "http://example.com", "events": { "colour": ["red"] } }), "\"events\" takes lists of owner"),
        (json!({ "url": "http://example.com", "events": { "name": "x" } }), "\"events\" takes lists of owner"),
        (json!({ "url": "http://example.com", "events": { "state": ["asleep"] } }), "No event has the state"),
        (
            json!({ "url": "http://example.com", "events": named, "secret": "short" }),
            "\"secret\" has to be a text of 16",
        ),
        (json!({ "url": "http://example.com", "events": named, "colour": 1 }), "A webhook has no \"colour\""),
        (json!([]), "Invalid JSON submitted"),
    ] {
        let answer = ask(&service, "POST", "/webhooks/", Some(body.clone())).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        assert!(answer.message().starts_with(message), "{body}: {}", answer.text);
    }
    // A name that leads to this machine, looked up when it is connected to.
    let id = make(&service, &format!("http://localhost:{}/", receiver.port), json!({ "name": ["lured"] })).await;
    let full = json!({ "url": "http://example.com", "events": named });
    let answer = ask(&service, "POST", "/webhooks/", Some(full)).await;
    assert_eq!(
        (answer.status, answer.message()),
        (409, "anonymous has 1 webhooks, which is the limit; remove one first")
    );
    fail(&service, "lured").await;
    until_true("the delivery to be refused", LONG, async || {
        let history = deliveries(&service, id).await;
        history
            .iter()
            .any(|row| row["error"].as_str().is_some_and(|error| error.contains("localhost is not on the internet")))
    })
    .await;
    assert!(receiver.received().is_empty());
    assert_eq!(ask(&service, "PATCH", &format!("/webhooks/{id}"), Some(json!({ "url": "x" }))).await.status, 400);
    assert_eq!(ask(&service, "POST", "/webhook-deliveries/999/redelivery", None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_command_line() {
    let service = builder().start().await;
    let receiver = Receiver::start().await;
    let run = |arguments: &[&str]| {
        let output = service.client(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let made = run(&["webhook", "make", &receiver.url("/"), "--name", "by-client", "--state", "failed"]);
    assert!(
        made.starts_with("1  http://127.0.0.1:") && made.contains("name=by-client state=failed  on  secret "),
        "{made}"
    );
    fail(&service, "by-client").await;
    until_true("the event", LONG, async || receiver.received().len() == 1).await;
    until_true("its delivery", LONG, async || run(&["webhook", "deliveries", "1"]).contains("delivered (1 attempts"))
        .await;
    assert!(run(&["webhook", "redeliver", "1"]).contains("waiting (0 attempts"));
    until_true("the event again", LONG, async || receiver.received().len() == 2).await;
    assert!(run(&["webhook", "disable", "1"]).contains("off: switched off by anonymous"));
    assert!(run(&["webhook", "enable", "1"]).contains("  on"));
    assert!(!run(&["webhook", "list"]).contains("secret"));
    run(&["webhook", "delete", "1"]);
    assert_eq!(run(&["webhook", "list"]), "");
    let missing = service.client(&["webhook", "delete", "1"]);
    assert_eq!(missing.status.code(), Some(3));
}
