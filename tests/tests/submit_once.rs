//! Submissions under an `Idempotency-Key`: done once, however often they come, whatever dies meanwhile.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use futures::future::join_all;
use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
use serde_json::{Value, json};
use tests::git::Gate;
use tests::rest::Answer;
use tests::service::Builder;
use tests::wait::{LONG, until, until_true};
use tests::{Module, Service};

const BUILDS: &str = "/module-builds/";

/// Nobody works on the builds, so that they stay as they were submitted.
async fn idle(configure: impl FnOnce(Builder) -> Builder) -> Service {
    configure(Service::builder().workers(0).platform("f29")).start().await
}

fn document(name: &str, version: u64) -> Value {
    json!({"modulemd": Module::new(name).version(version).platforms(&["f28", "f29"]).yaml()})
}

async fn submit(service: &Service, key: &str, body: &Value) -> Answer {
    service.rest().post(BUILDS, &[("Idempotency-Key", key)], body.to_string()).await
}

fn is_replayed(answer: &Answer) -> bool {
    match answer.headers.get("idempotency-replayed").map(String::as_str) {
        None => false,
        Some("true") => true,
        Some(other) => panic!("Idempotency-Replayed: {other}"),
    }
}

/// All are answered with the same builds by the same bytes, and all but one know that they came later.
fn one_answer(answers: &[Answer]) {
    for answer in answers {
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(answer.text, answers[0].text);
    }
    assert_eq!(answers.iter().filter(|answer| !is_replayed(answer)).count(), 1, "{answers:#?}");
}

async fn count(service: &Service, name: &str) -> usize {
    service.rows().await.builds_named(name).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_on_sqlite() {
    twenty_at_once(&idle(|service| service).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_on_postgresql() {
    twenty_at_once(&idle(Builder::postgres).await).await;
}

async fn twenty_at_once(service: &Service) {
    for round in 1..=3 {
        let (body, key) = (document("crowd", round), format!("crowd-{round}"));
        let answers = join_all((0..20).map(|_| submit(service, &key, &body))).await;
        one_answer(&answers);
        assert_eq!(answers[0].ids().len(), 2, "one for each platform");
        assert_eq!(count(service, "crowd").await, 2 * usize::try_from(round).unwrap());
        let later = submit(service, &key, &body).await;
        assert!(is_replayed(&later) && later.text == answers[0].text, "{later:#?}");
    }
    let rows = service.rows().await;
    for build in rows.builds_named("crowd").await {
        assert_eq!(rows.messages(i64::from(build.id)).await.len(), 1, "told once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_failed_goes_on_once_on_sqlite() {
    goes_on_once(&idle(|service| service).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_failed_goes_on_once_on_postgresql() {
    goes_on_once(&idle(Builder::postgres).await).await;
}

async fn goes_on_once(service: &Service) {
    let body = document("again", 1);
    let ids = submit(service, "first", &body).await.ids();
    for id in &ids {
        assert_eq!(service.rest().cancel(*id).await.status, 200);
    }
    let answers = join_all((0..10).map(|_| submit(service, "second", &body))).await;
    one_answer(&answers);
    assert_eq!(answers[0].ids(), ids);
    let first = submit(service, "first", &body).await;
    assert!(is_replayed(&first), "the first submission is over, whatever became of its builds");
    for id in ids {
        assert_eq!(service.rows().await.build(id).await.resumed, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_on_sqlite() {
    keys(&idle(|service| service).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_on_postgresql() {
    keys(&idle(Builder::postgres).await).await;
}

async fn keys(service: &Service) {
    let body = document("keyed", 1);
    let first = submit(service, "key", &body).await;
    assert!(first.status == 201 && !is_replayed(&first), "{first:#?}");
    // The same parameters in another order and with other white space are the same submission.
    let spaced = format!("\n{body} ");
    let same = service.rest().post(BUILDS, &[("Idempotency-Key", "key")], spaced).await;
    assert_eq!((same.status, is_replayed(&same), &same.text), (201, true, &first.text));
    // Anything else is not.
    let other = submit(service, "key", &document("keyed", 2)).await;
    assert_eq!(other.status, 422, "{}", other.text);
    assert!(other.message().contains("was used for another submission"), "{}", other.text);
    let form = Module::new("keyed").version(1).platforms(&["f28", "f29"]).yaml();
    assert_eq!(upload(service, "key", &form).await.status, 422);
    // Keys belong to users.
    let mut of_bob = body.clone();
    of_bob["owner"] = json!("bob");
    assert_eq!(submit(service, "key", &of_bob).await.status, 409, "the module exists; bob's key is free");
    // What is refused uses up no key.
    assert_eq!(submit(service, "later", &json!({"modulemd": "nonsense"})).await.status, 422);
    assert_eq!(submit(service, "later", &body).await.status, 409);
    let taken = submit(service, "later", &document("keyed", 3)).await;
    assert!(taken.status == 201 && !is_replayed(&taken), "{taken:#?}");
    // A file in a form.
    let form = Module::new("keyed").version(4).yaml();
    let (one, two) = (upload(service, "form", &form).await, upload(service, "form", &form).await);
    assert_eq!((one.status, is_replayed(&one)), (201, false), "{}", one.text);
    assert_eq!((two.status, is_replayed(&two), &two.text), (201, true, &one.text));
    assert_eq!(count(service, "keyed").await, 5);
}

async fn upload(service: &Service, key: &str, text: &str) -> Answer {
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"yaml\"; filename=\"keyed.yaml\"\r\n\r\n{text}\r\n--b--\r\n"
    );
    let headers = [("Content-Type", "multipart/form-data; boundary=b"), ("Idempotency-Key", key)];
    service.rest().post(BUILDS, &headers, form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_and_keys_that_are_none() {
    let service = idle(|service| service).await;
    let body = document("bad-keyed", 1).to_string();
    let long = "k".repeat(256);
    for bad in ["", "a b", "a\tb", "schlüssel", &long] {
        let answer = service.rest().post(BUILDS, &[("Idempotency-Key", bad)], body.clone()).await;
        assert_eq!(answer.status, 400, "{bad:?}: {}", answer.text);
        assert!(answer.message().contains("1 to 255 visible ASCII characters"), "{}", answer.text);
    }
    let twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")];
    assert_eq!(service.rest().post(BUILDS, &twice, body.clone()).await.status, 400);
    assert_eq!(count(&service, "bad-keyed").await, 0);

    let longest = "k".repeat(255);
    let key = [("Idempotency-Key", longest.as_str())];
    let one = service.rest().post("/../1/module-builds/", &key, body.clone()).await;
    assert_eq!(one.status, 201, "{}", one.text);
    let again = service.rest().post("/../1/module-builds/", &key, body.clone()).await;
    assert_eq!((is_replayed(&again), &again.text), (true, &one.text));
    assert!(one.body["id"].is_i64(), "version 1 answers with one build: {}", one.text);
    let other_version = service.rest().post(BUILDS, &key, body).await;
    assert_eq!(other_version.status, 422, "its answer would be another: {}", other_version.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_keys_are_forgotten() {
    let service = Service::builder().option("UPKEEP_SECONDS", 1).option("IDEMPOTENCY_KEEP_HOURS", 2).start().await;
    let rows = service.rows().await;
    submit(&service, "old", &json!({"modulemd": Module::new("old").version(1).yaml()})).await.id();
    submit(&service, "young", &json!({"modulemd": Module::new("young").version(1).yaml()})).await.id();
    let age = "UPDATE idempotency_keys SET time_created = '2020-01-01 00:00:00' WHERE idempotency_key = 'old'";
    rows.connection().execute_unprepared(age).await.unwrap();
    until_true("the old key to be forgotten", LONG, async || keys_in(&service).await == ["young"]).await;
    let old = submit(&service, "old", &json!({"modulemd": Module::new("old").version(1).yaml()})).await;
    assert_eq!(old.status, 409, "it is a new submission of what exists: {}", old.text);
}

async fn keys_in(service: &Service) -> Vec<String> {
    let rows = service.rows().await;
    let db = rows.connection();
    let select = "SELECT idempotency_key FROM idempotency_keys ORDER BY 1";
    let found = db.query_all_raw(Statement::from_string(db.get_database_backend(), select)).await.unwrap();
    found.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Repeats a submission after a kill; there is one build for each platform, however far the first one came.
async fn repeated_after_a_kill(service: &Service, key: &str, body: &Value, name: &str) -> Answer {
    service.start_server().await;
    let answer = submit(service, key, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.ids().len(), count(service, name).await);
    let again = submit(service, key, body).await;
    assert_eq!((again.status, is_replayed(&again), &again.text), (201, true, &answer.text));
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_document_is_fetched() {
    let service = idle(|service| service.option("ALLOW_CUSTOM_SCMURLS", true).option("SCM_NET_TIMEOUT", 100)).await;
    let local = service.git.module(&Module::new("fetched").platforms(&["f28", "f29"]));
    let commit = local.split_once('#').unwrap().1;
    let gate = Gate::without_answer().await;
    let far = json!({"scmurl": format!("git://127.0.0.1:{}/fetched?#{commit}", gate.port), "branch": "1"});
    let (rest, text) = (service.rest(), far.to_string());
    let lost = tokio::spawn(async move { rest.try_post(BUILDS, &[("Idempotency-Key", "k")], text).await });
    until_true("the document to be fetched", LONG, async || gate.connections() > 0).await;
    service.kill_server();
    assert!(lost.await.unwrap().is_none());
    assert!(keys_in(&service).await.is_empty());
    // Nothing was begun, so the key is free.
    let near = json!({"scmurl": local, "branch": "1"});
    let answer = repeated_after_a_kill(&service, "k", &near, "fetched").await;
    assert!(!is_replayed(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_as_soon_as_the_builds_are_seen() {
    let service = idle(|service| service).await;
    for round in 1..=5 {
        let (name, key) = (format!("seen-{round}"), format!("k{round}"));
        let body = document(&name, 1);
        let (rest, sent, text) = (service.rest(), key.clone(), body.to_string());
        let lost =
            tokio::spawn(async move { rest.try_post(BUILDS, &[("Idempotency-Key", sent.as_str())], text).await });
        let rows = service.rows().await;
        until(&format!("builds of {name}"), LONG, async || rows.builds_named(&name).await.pop()).await;
        service.kill_server();
        let first = lost.await.unwrap();
        let answer = repeated_after_a_kill(&service, &key, &body, &name).await;
        assert!(is_replayed(&answer), "its builds were committed, and so was its key");
        assert!(first.is_none_or(|first| first.text == answer.text));
    }
}

/// What a transaction of the service waits for where a trigger of the test stops it.
const HOLD: &str = "SELECT pg_advisory_xact_lock(4711)";

/// Starts a submission, stops it at `trigger` (its place in `CREATE TRIGGER`), kills the server there, and forgets the trigger.
async fn kill_at(service: &Service, trigger: &str, key: &'static str, body: &Value) {
    let rows = service.rows().await;
    let db = rows.connection();
    let stop = format!(
        "CREATE FUNCTION stop() RETURNS trigger AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$ \
         LANGUAGE plpgsql; CREATE TRIGGER stop BEFORE {trigger} FOR EACH ROW EXECUTE FUNCTION stop()"
    );
    db.execute_unprepared(&stop).await.unwrap();
    let held = db.begin().await.unwrap();
    held.execute_unprepared(HOLD).await.unwrap();
    let (rest, text) = (service.rest(), body.to_string());
    let lost = tokio::spawn(async move { rest.try_post(BUILDS, &[("Idempotency-Key", key)], text).await });
    let waiting = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    let waits = waiting.replace("pg_terminate_backend(pid)", "pid");
    let query = |text: &str| db.query_all_raw(Statement::from_string(db.get_database_backend(), text));
    until_true("the submission to be stopped", LONG, async || !query(&waits).await.unwrap().is_empty()).await;
    service.kill_server();
    assert!(lost.await.unwrap().is_none());
    // PostgreSQL would not notice before the lock is free, and end the statement first.
    query(waiting).await.unwrap();
    held.rollback().await.unwrap();
    db.execute_unprepared("DROP FUNCTION stop() CASCADE").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_its_transaction() {
    let service = idle(Builder::postgres).await;
    let body = document("middle", 1);
    kill_at(&service, "INSERT ON outbox", "k", &body).await;
    assert_eq!((count(&service, "middle").await, keys_in(&service).await.len()), (0, 0), "all or nothing");
    let answer = repeated_after_a_kill(&service, "k", &body, "middle").await;
    assert!(!is_replayed(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_its_transaction_and_its_answer() {
    let service = idle(Builder::postgres).await;
    let body = document("answered", 1);
    kill_at(&service, "UPDATE OF answer ON idempotency_keys", "k", &body).await;
    assert_eq!((count(&service, "answered").await, keys_in(&service).await.len()), (2, 1));
    let rows = service.rows().await;
    let without = "SELECT 1 FROM idempotency_keys WHERE answer IS NULL";
    let db = rows.connection();
    let found = db.query_all_raw(Statement::from_string(db.get_database_backend(), without)).await.unwrap();
    assert_eq!(found.len(), 1, "it died before its answer was kept");
    let answer = repeated_after_a_kill(&service, "k", &body, "answered").await;
    assert!(is_replayed(&answer), "made again from its builds");
    assert_eq!(answer.body[0]["name"], "answered");
}
