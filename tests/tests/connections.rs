//! Connections that want more than their share: many, silent, slow, or endless.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, kill_process, prlimit};
use tests::raw::Raw;
use tests::service::{Builder, SharedService};
use tests::wait::{LONG, until_true};
use tests::{Module, Service, Shared};

const API: &str = "/module-build-service/2";
const LIST: &str = "GET /module-build-service/2/module-builds/ HTTP/1.1\r\nHost: h\r\n\r\n";
const ABOUT: &str = "GET /module-build-service/2/about/ HTTP/1.1\r\nHost: h\r\n\r\n";

/// Waits for nobody.
static IMPATIENT: Shared = Shared::new();

async fn impatient() -> SharedService {
    let limits = |service: Builder| {
        service
            .workers(0)
            .option("HEADER_TIMEOUT_SECONDS", 1)
            .option("KEEP_ALIVE_SECONDS", 1)
            .option("SEND_TIMEOUT_SECONDS", 1)
    };
    IMPATIENT.get(limits).await
}

async fn list_answers(service: &Service) {
    let answer = service.rest().get("/module-builds/").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_silent_and_a_thousand_half_sent() {
    let service = Service::builder().workers(0).option("HEADER_TIMEOUT_SECONDS", 3600).start().await;
    let mut held = Vec::new();
    for number in 0..2000 {
        let mut raw = Raw::open(&service).await;
        if number % 2 == 0 {
            assert!(raw.send("GET /module-build-service/2/about/ HTTP/1.1\r\nHost: ").await);
        }
        held.push(raw);
    }
    list_answers(&service).await;
    // All of them are open, and are served once they go on.
    for (number, raw) in held.iter_mut().enumerate() {
        assert!(raw.send(if number % 2 == 0 { "h\r\n\r\n" } else { ABOUT }).await);
    }
    for raw in &mut held {
        assert_eq!(raw.reply().await.map(|reply| reply.status), Some(200));
    }
    for raw in held.iter_mut().step_by(2) {
        assert!(raw.send("GET / HT").await);
    }
    list_answers(&service).await;
    let ended = service.stop_server();
    assert!(ended.success(), "{ended}");
    let log = service.server_log();
    assert!(!log.contains("unfinished requests"), "nobody without a request holds up the end");
    for raw in &mut held {
        assert_eq!(raw.closed().await, b"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_are_closed() {
    let service = impatient().await;
    let mut silent = Raw::open(&service).await;
    let mut answered = Raw::open(&service).await;
    assert!(answered.send(ABOUT).await);
    assert_eq!(answered.reply().await.unwrap().status, 200);
    assert_eq!(silent.closed().await, b"");
    assert_eq!(answered.closed().await, b"");
    list_answers(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_do_not_end_are_cut_off() {
    let service = impatient().await;
    for head in ["G", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: h\r\n", "\r\n", "PRI * HTTP/2.0\r\n\r\n"] {
        let mut raw = Raw::open(&service).await;
        assert!(raw.send(head).await);
        assert_eq!(raw.closed().await, b"", "{head:?}");
    }
    let pause = Duration::from_millis(100);
    let mut raw = Raw::open(&service).await;
    raw.send("GET / HTTP/1.1\r\nX-Slow: ").await;
    assert_eq!(raw.repeat(b"x", pause).await, b"", "a byte at a time");
    let mut raw = Raw::open(&service).await;
    raw.send(ABOUT).await;
    raw.reply().await.unwrap();
    assert_eq!(raw.repeat(b"\r\n", pause).await, b"", "after an answer, nothing that begins a request");
    list_answers(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_given_up() {
    let service = impatient().await;
    let mut raw = Raw::open(&service).await;
    raw.flood(LIST.repeat(100).as_bytes()).await;
    list_answers(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_request_is_answered() {
    let service = Service::builder().workers(0).start().await;
    let mut raw = Raw::open(&service).await;
    for byte in ABOUT.bytes() {
        assert!(raw.send([byte]).await);
        tokio::task::yield_now().await;
    }
    assert_eq!(raw.reply().await.unwrap().status, 200);
    let body = serde_json::json!({"modulemd": Module::new("slow-body").yaml()}).to_string();
    let head = format!("POST {API}/module-builds/ HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len());
    assert!(raw.send(head).await);
    for byte in body.bytes() {
        assert!(raw.send([byte]).await);
        tokio::task::yield_now().await;
    }
    assert_eq!(raw.reply().await.unwrap().status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_are_told() {
    let service = Service::builder().workers(0).option("MAX_CONNECTIONS", 20).start().await;
    // Those of the harness, which keeps its connections, are among the twenty.
    let mut held = Vec::new();
    let refused = loop {
        assert!(held.len() <= 20, "more than MAX_CONNECTIONS are served");
        let mut raw = Raw::open(&service).await;
        assert!(raw.send(ABOUT).await);
        let reply = raw.reply().await.unwrap();
        if reply.status != 200 {
            break reply;
        }
        held.push(raw);
    };
    assert_eq!((refused.status, refused.header("connection")), (503, Some("close")));
    assert_eq!(refused.json()["status"], 503, "{}", refused.text());
    assert_eq!(refused.header("retry-after"), Some("1"));
    for raw in &mut held {
        assert!(raw.send(ABOUT).await);
        assert_eq!(raw.reply().await.unwrap().status, 200, "those that are in are served");
    }
    held.clear();
    until_true("a place to become free", LONG, async || {
        let mut raw = Raw::open(&service).await;
        raw.send(ABOUT).await && raw.reply().await.is_some_and(|reply| reply.status == 200)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_are_finished_at_the_end_but_not_waited_for_for_ever() {
    let service = Service::builder().workers(0).start().await;
    let body = serde_json::json!({"modulemd": Module::new("last").yaml()}).to_string();
    let (first, rest) = body.split_at(100);
    let head = format!("POST {API}/module-builds/ HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n");
    let begin = format!("{head}Content-Length: {}\r\n\r\n", body.len());
    let (mut last, mut endless) = (Raw::open(&service).await, Raw::open(&service).await);
    for raw in [&mut last, &mut endless] {
        assert!(raw.send(&begin).await);
        assert_eq!(raw.reply().await.unwrap().status, 100, "the body is being read");
        assert!(raw.send(first).await);
    }
    kill_process(service.server_pid(), Signal::TERM).unwrap();
    until_true("the server to be ending", LONG, async || service.server_log().contains(": ending")).await;
    assert!(last.send(rest).await);
    let reply = last.reply().await.unwrap();
    assert_eq!((reply.status, reply.header("connection")), (201, Some("close")), "{}", reply.text());
    assert_eq!(last.closed().await, b"");
    let ended = service.stop_server();
    assert!(ended.success(), "{ended}");
    assert!(service.server_log().contains("ending with unfinished requests connections=1"));
    assert_eq!(endless.closed().await, b"");
    assert_eq!(service.rows().await.builds_named("last").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_after_running_out_of_files() {
    let service = Service::builder().workers(0).start().await;
    let server = Some(service.server_pid());
    let open = || std::fs::read_dir(format!("/proc/{}/fd", service.server_pid().as_raw_nonzero())).unwrap().count();
    let limit = |current: u64| {
        let maximum = rustix::process::getrlimit(Resource::Nofile).maximum;
        prlimit(server, Resource::Nofile, Rlimit { current: Some(current), maximum }).unwrap()
    };
    let before = limit(u64::try_from(open()).unwrap() + 5);
    assert!(before.current.is_none_or(|files| files >= 4096), "it makes room for MAX_CONNECTIONS: {before:?}");
    let mut held = Vec::new();
    for _ in 0..50 {
        let mut raw = Raw::open(&service).await;
        assert!(raw.send(ABOUT).await);
        held.push(raw);
    }
    until_true("the server to run out of files", LONG, async || {
        service.server_log().contains("cannot accept connections")
    })
    .await;
    limit(before.current.unwrap_or(4096));
    for raw in &mut held {
        assert_eq!(raw.reply().await.map(|reply| reply.status), Some(200), "they waited");
    }
    list_answers(&service).await;
    assert_eq!(service.server_log().matches("cannot accept connections").count(), 1, "no flood in the log");
}
