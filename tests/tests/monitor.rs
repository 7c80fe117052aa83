//! Metrics and probes of real processes, with servers that go away and come back.

#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

use std::collections::BTreeMap;
use std::sync::Arc;

use rustix::process::Signal;
use serde_json::{Value, json};
use tests::exposition::Metrics;
use tests::fixtures::Part;
use tests::process::{Process, free_port};
use tests::rest::Rest;
use tests::wait::{LONG, until, until_true};
use tests::{Component, Module, Service, Shared, witness};

static SHARED: Shared = Shared::new();

/// Waits until `/readyz` answers like this, and returns what it found.
async fn readiness(rest: &Rest, status: u16) -> Value {
    let seen = async || {
        let answer = rest.get_at_root("/readyz").await;
        (answer.status == status).then_some(answer)
    };
    let answer = until(&format!("/readyz to answer {status}"), LONG, seen).await;
    assert_eq!(answer.body["ready"], status == 200, "{}", answer.text);
    answer.body["checks"].clone()
}

/// Submits a module of one component.
async fn submit(service: &Service, component: &Component, version: u64) -> i64 {
    let url = service.git.component(component);
    let module = Module::new(&component.name).version(version).part(Part::new(&component.name, &url));
    service.rest().submit(&json!({"modulemd": module.yaml(), "owner": "ada"})).await.id()
}

/// One more worker, with a port for its metrics.
fn watched_worker(service: &Service, variables: &[(&str, String)]) -> Process {
    let mut command = service.manager(&["worker"]);
    command.envs(variables.iter().map(|(name, value)| (*name, value)));
    Process::start("watched-worker", &mut command, &service.folder().join("watched-worker.log"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_of_the_python_service_are_there() {
    let service = SHARED.get(|service| service).await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contract/cases/019-metrics-v9.json");
    let case: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let recorded = case["response"]["body_text"].as_str().unwrap();
    for version in ["9", "1", "0", "99999999999999999999"] {
        let answer = service.rest().get_at_root(&format!("/module-build-service/{version}/monitor/metrics")).await;
        assert_eq!(answer.status, 200, "{version}: {}", answer.text);
        let metrics = Metrics::parse(&answer.text);
        let mut compared = 0;
        let names = recorded.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        // Python adds when it began to count; nobody asks for that.
        for (name, kind) in names.filter(|(name, _)| !name.ends_with("_created")) {
            let family = metrics.family(name);
            assert_eq!(family.kind, kind, "{name}");
            assert!(recorded.contains(&format!("# HELP {name} {}\n", family.help)), "{name}: {}", family.help);
            assert!(!family.is_empty(), "{name} shows nothing");
            compared += 1;
        }
        assert!(compared >= 18, "{compared} names were recorded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_cannot_make_series() {
    let service = SHARED.get(|service| service).await;
    let rest = service.rest();
    for hostile in ["/nowhere\"}", "/module-builds/1234567", "/module-builds/x%22%7D", "/%00", "/about/?x=secret-7"] {
        rest.get(hostile).await;
    }
    let answer = rest.get_at_root("/metrics").await;
    assert!(!answer.text.contains("1234567") && !answer.text.contains("secret-7"), "{}", answer.text);
    let metrics = Metrics::parse(&answer.text);
    let family = metrics.family("http_request_duration_seconds");
    let routes = family.label_values("route");
    assert!(routes.contains(&"none") && routes.contains(&"/module-build-service/{version}/module-builds/{id}"));
    assert!(routes.iter().all(|route| !route.contains("nowhere")), "{routes:?}");
    let lost =
        metrics.sum("http_request_duration_seconds_count", &["route=\"none\"", "method=\"GET\"", "status=\"4xx\""]);
    assert!(lost >= 2.0, "{lost}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_builds_is_counted() {
    let service = Service::builder().start().await;
    let rest = service.rest();
    let before = rest.metrics().await;
    assert_eq!((before.value("builds_success_total"), before.sum("builds_failed_total", &[])), (0.0, 0.0));

    let good = submit(&service, &Component::new("counted"), 1).await;
    rest.ready(good).await;
    let bad = submit(&service, &Component::new("broken").build("false"), 1).await;
    rest.failed(bad).await;
    let endless = Component::new("endless").sleeps(600);
    let canceled = submit(&service, &endless, 1).await;
    until_true("the build to run", LONG, async || witness::sleeper(endless.marker.as_ref().unwrap()).is_some()).await;
    let running = rest.metrics().await;
    assert_eq!(running.value("module_builds_unfinished{state=\"build\"}"), 1.0);
    assert_eq!(running.value("component_builds_building"), 1.0);
    assert_eq!(rest.patch(canceled, &json!({"state": "failed", "owner": "ada"})).await.status, 200);
    rest.failed(canceled).await;

    let told = async || {
        let metrics = rest.metrics().await;
        let canceled = "operation=\"build\",outcome=\"canceled\"";
        let stopped = metrics.sum("builder_operation_duration_seconds_count", &[canceled]) == 1.0;
        let published = metrics.value("outbox_waiting") == 0.0 && metrics.value("outbox_oldest_seconds") == 0.0;
        (stopped && published).then_some(metrics)
    };
    let metrics = until("everything to be stopped and told", LONG, told).await;
    let failed = |reason: &str| metrics.value(&format!("builds_failed_total{{reason=\"{reason}\"}}"));
    assert_eq!(metrics.value("builds_success_total"), 1.0);
    assert_eq!((failed("user"), failed("infra"), failed("unspec")), (1.0, 0.0, 1.0));

    // Every message of the outbox was sent once, and its delay noted.
    let rows = service.rows().await;
    let mut messages = 0_u32;
    for id in [good, bad, canceled] {
        messages += u32::try_from(rows.messages(id).await.len()).unwrap();
    }
    let sent = metrics.value("messaging_tx_sent_ok_total");
    assert!(sent >= f64::from(messages), "{sent} of {messages}");
    assert_eq!(metrics.value("messaging_tx_to_send_total"), sent + metrics.value("messaging_tx_failed_total"));
    assert_eq!(metrics.value("outbox_delay_seconds_count"), sent);

    let done = |operation: &str, outcome: &str| {
        let labels =
            [format!("operation=\"{operation}\""), format!("outcome=\"{outcome}\""), "builder=\"rpmbuild\"".into()];
        metrics.sum("builder_operation_duration_seconds_count", &labels.each_ref().map(String::as_str))
    };
    assert_eq!(done("prepare_buildroot", "ok"), 3.0);
    assert_eq!((done("finalize", "ok"), done("build", "user"), done("build", "canceled")), (1.0, 1.0, 1.0));
    for job in ["advance", "validate_module", "prepare_buildroot", "build_component", "publish_messages"] {
        let label = format!("job=\"{job}\"");
        assert!(metrics.sum("job_queue_wait_seconds_count", &[&label]) >= 1.0, "{job} waited");
        assert!(metrics.sum("job_duration_seconds_count", &[&label, "outcome=\"ok\""]) >= 1.0, "{job} ran");
    }
    let (received, ok) = (metrics.value("messaging_rx_total"), metrics.value("messaging_rx_processed_ok_total"));
    assert!(ok > 0.0 && ok + metrics.value("messaging_rx_failed_total") <= received, "{ok} of {received}");
    assert!(metrics.value("db_engine_connect_total") > received, "every job asks the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_does_not_pass_is_the_operators() {
    let service = Service::builder().option("MAX_RETRIES", 0).start().await;
    let gone = format!("git://127.0.0.1:{}/gone", free_port());
    let module = Module::new("gone").part(Part::new("gone", &gone));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let reason = service.rest().failed(id).await;
    let failed = async || service.rest().metrics().await.value("builds_failed_total{reason=\"infra\"}") == 1.0;
    until_true(&format!("it to be counted ({reason})"), LONG, failed).await;
    let metrics = service.rest().metrics().await;
    assert_eq!(metrics.sum("job_duration_seconds_count", &["job=\"validate_module\"", "outcome=\"retry\""]), 1.0);
    assert!(metrics.value("messaging_rx_failed_total") >= 1.0);
}

/// Jobs wait while nobody works; the worker that comes says how long.
async fn jobs_wait_for_a_worker(service: Service) {
    let id = submit(&service, &Component::new("queued"), 1).await;
    let rest = service.rest();
    let waits = async || rest.metrics().await.value("queue_jobs_waiting{lane=\"control\"}") >= 1.0;
    until_true("a job to wait", LONG, waits).await;
    let port = free_port();
    let _worker = watched_worker(&service, &[("MBS_METRICS_LISTEN", format!("127.0.0.1:{port}"))]);
    rest.ready(id).await;
    let worker = Rest::new(format!("http://127.0.0.1:{port}"));
    let metrics = worker.metrics().await;
    assert_eq!((metrics.value("builds_success_total"), rest.metrics().await.value("builds_success_total")), (1.0, 0.0));
    assert!(metrics.value("job_queue_wait_seconds_count{job=\"advance\"}") >= 1.0);
    let none = async || worker.metrics().await.sum("queue_jobs_waiting", &[]) == 0.0;
    until_true("no job to wait any more", LONG, none).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_wait_in_the_embedded_queue() {
    jobs_wait_for_a_worker(Service::builder().workers(0).start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_wait_in_redis() {
    jobs_wait_for_a_worker(Service::builder().redis().workers(0).start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_watched_by_the_variables_of_the_python_service() {
    let service = Service::builder().workers(0).start().await;
    let port = free_port();
    let variables = [
        ("MONITOR_STANDALONE_METRICS_SERVER_ENABLE", "true".to_owned()),
        ("MONITOR_STANDALONE_METRICS_SERVER_PORT", port.to_string()),
    ];
    let worker = watched_worker(&service, &variables);
    let rest = Rest::new(format!("http://127.0.0.1:{port}"));
    let answers = async || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    until_true("the worker to listen", LONG, answers).await;
    // What Python's server did, too: the metrics are at the root.
    assert!(Metrics::parse(&rest.get_at_root("/").await.text).names().count() > 20);
    let checks = readiness(&rest, 200).await;
    assert_eq!(checks, json!({"database": "ok", "schema": "ok", "queue": "ok", "results": "ok"}));
    let checks = readiness(&service.rest(), 200).await;
    assert_eq!(checks, json!({"database": "ok", "schema": "ok", "queue": "ok"}), "the server writes no results");
    assert_eq!(rest.get_at_root("/healthz").await.body, json!({"status": "ok"}));
    assert_eq!(rest.get_at_root("/module-build-service/2/module-builds/").await.status, 404);

    // A second one cannot have the same port, and says so.
    let output =
        service.manager(&["worker"]).envs(variables.iter().map(|(name, value)| (*name, value))).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("cannot serve metrics at"), "{said}");
    worker.signal(Signal::TERM);
    until_true("the worker to end", LONG, async || std::net::TcpStream::connect(("127.0.0.1", port)).is_err()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_goes_away_and_comes_back() {
    let service = Service::builder().redis().start().await;
    let (rest, redis) = (service.rest(), service.redis.as_ref().unwrap());
    readiness(&rest, 200).await;
    redis.kill();
    let checks = readiness(&rest, 503).await;
    assert!(checks["queue"].as_str().unwrap().starts_with("does not answer"), "{checks}");
    assert_eq!((&checks["database"], &checks["schema"]), (&json!("ok"), &json!("ok")));
    let gone = async || rest.metrics().await.value("dependency_up{dependency=\"queue\"}") == 0.0;
    until_true("the metrics to tell", LONG, gone).await;
    redis.restart().await;
    readiness(&rest, 200).await;

    redis.freeze();
    assert_eq!(readiness(&rest, 503).await["queue"], "does not answer within 2 s");
    assert_eq!(rest.get_at_root("/healthz").await.status, 200);
    redis.thaw();
    readiness(&rest, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_goes_away_and_comes_back() {
    let service = Service::builder().postgres().redis().start().await;
    let (rest, postgres) = (service.rest(), service.postgres.as_ref().unwrap());
    readiness(&rest, 200).await;
    assert_eq!(rest.metrics().await.value("db_handle_error_total"), 0.0);
    postgres.stop().await;
    let checks = readiness(&rest, 503).await;
    assert!(checks["database"].as_str().unwrap().starts_with("does not answer"), "{checks}");
    assert_eq!((&checks["schema"], &checks["queue"]), (&json!("not known without the database"), &json!("ok")));
    metrics_without_database(&rest).await;
    let noted = async || rest.metrics().await.value("db_handle_error_total") > 0.0;
    until_true("errors to be counted", LONG, noted).await;
    postgres.restart().await;
    readiness(&rest, 200).await;
    until_true("the metrics to tell", LONG, async || {
        rest.metrics().await.value("dependency_up{dependency=\"database\"}") == 1.0
    })
    .await;

    postgres.freeze();
    assert_eq!(readiness(&rest, 503).await["database"], "does not answer within 2 s");
    metrics_without_database(&rest).await;
    // However many ask at once, the database is asked once a second, and nobody waits for it for long.
    let rest = Arc::new(rest);
    let probes: Vec<_> = (0..100)
        .map(|_| {
            tokio::spawn({
                let rest = Arc::clone(&rest);
                async move { rest.get_at_root("/readyz").await.status }
            })
        })
        .collect();
    let mut answers = BTreeMap::new();
    for probe in probes {
        *answers.entry(probe.await.unwrap()).or_insert(0) += 1;
    }
    assert_eq!(answers, BTreeMap::from([(503, 100)]));
    postgres.thaw();
    readiness(&rest, 200).await;
    let id = submit(&service, &Component::new("thawed"), 1).await;
    rest.ready(id).await;
}

/// What the process knows itself is there; what the database would have to tell is left out.
async fn metrics_without_database(rest: &Rest) {
    let left_out = async || {
        let metrics = rest.metrics().await;
        (metrics.value("dependency_up{dependency=\"database\"}") == 0.0).then_some(metrics)
    };
    let metrics = until("the metrics to tell", LONG, left_out).await;
    assert!(metrics.names().all(|name| name != "outbox_waiting" && name != "module_builds_unfinished"));
    assert!(metrics.value("process_resident_memory_bytes") > 0.0);
    assert_eq!(metrics.value("dependency_up{dependency=\"queue\"}"), 1.0);
}
