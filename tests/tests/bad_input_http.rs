//! What is not HTTP, not quite HTTP, or HTTP as few speak it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use tests::raw::Raw;
use tests::service::{Builder, SharedService};
use tests::{Module, Service, Shared};

const API: &str = "/module-build-service/2";
const LIST: &str = "GET /module-build-service/2/module-builds/ HTTP/1.1\r\nHost: h\r\n\r\n";
const ABOUT: &str = "GET /module-build-service/2/about/ HTTP/1.1\r\nHost: h\r\n\r\n";

static SHARED: Shared = Shared::new();

/// Closes soon what says nothing more.
async fn service() -> SharedService {
    let options = [("HEADER_TIMEOUT_SECONDS", "1"), ("KEEP_ALIVE_SECONDS", "1"), ("MAX_REQUEST_BYTES", "1M")];
    let configure =
        |service: Builder| options.into_iter().fold(service.workers(0), |all, (name, value)| all.option(name, value));
    SHARED.get(configure).await
}

async fn list_answers(service: &Service) {
    let answer = service.rest().get("/module-builds/").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// The log tells of no defect.
fn no_defect(service: &Service) {
    let log = service.server_log();
    for sign in ["panicked", "a request failed"] {
        assert!(!log.contains(sign), "{sign:?} in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http() {
    let service = service().await;
    let tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x20bbbb";
    let long = |start: &str, length: usize| format!("{start}{}\r\nHost: h\r\n\r\n", "x".repeat(length)).into_bytes();
    let many = "X-Many: x\r\n".repeat(10_000);
    let post = format!("POST {API}/module-builds/ HTTP/1.1\r\nHost: h\r\n");
    let with = |headers: &str| format!("{post}{headers}\r\n\r\n0\r\n\r\n").into_bytes();
    for (what, bytes, statuses) in [
        ("TLS", tls.to_vec(), &[400][..]),
        ("bytes", (0..=255).cycle().take(100_000).collect(), &[400]),
        ("NULs", vec![0; 5000], &[400]),
        ("mail", b"EHLO example.com\r\nMAIL FROM:<a@b>\r\n\r\n".to_vec(), &[400]),
        ("HTTP/0.9", b"GET /\r\n\r\n".to_vec(), &[400]),
        ("HTTP/3.0", b"GET / HTTP/3.0\r\n\r\n".to_vec(), &[400]),
        ("a request line of 1 MB", long("GET /", 1 << 20), &[414, 431]),
        ("a method of 1 MB", vec![b'G'; 1 << 20], &[400, 431]),
        ("a header of 1 MB", long("GET / HTTP/1.1\r\nX: ", 1 << 20), &[431]),
        ("10,000 headers", format!("GET / HTTP/1.1\r\n{many}\r\n").into_bytes(), &[431]),
        ("a header without a name", b"GET / HTTP/1.1\r\n: x\r\n\r\n".to_vec(), &[400]),
        ("a NUL in a header", b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n".to_vec(), &[400]),
        ("a NUL in the path", b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(), &[400]),
        ("not UTF-8 in the path", b"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(), &[400, 404]),
        ("a space before the colon", with("Content-Length : 5"), &[400]),
        ("two lengths", with("Content-Length: 5\r\nContent-Length: 6"), &[400]),
        ("length and chunks", with("Content-Length: 50\r\nTransfer-Encoding: chunked"), &[400]),
        ("a length below zero", with("Content-Length: -5"), &[400]),
        ("a length beyond 64 bits", with("Content-Length: 99999999999999999999999"), &[400]),
        ("an unknown coding", with("Transfer-Encoding: gzip"), &[400, 501]),
        ("a chunk of no size", format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n").into_bytes(), &[400]),
        (
            "a chunk beyond 64 bits",
            format!("{post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n").into_bytes(),
            &[400],
        ),
    ] {
        let mut raw = Raw::open(&service).await;
        // It may close before it has read everything.
        let _cut_off = raw.send(&bytes).await;
        match raw.reply().await {
            Some(reply) => assert!(statuses.contains(&reply.status), "{what}: {} {}", reply.status, reply.text()),
            None => assert_eq!(raw.closed().await, b"", "{what}"),
        }
        list_answers(&service).await;
    }
    no_defect(&service);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_ways_to_speak_http() {
    let service = service().await;
    let mut raw = Raw::open(&service).await;
    raw.send(format!("GET {API}/about/ HTTP/1.0\r\n\r\n")).await;
    let reply = raw.reply().await.unwrap();
    assert_eq!((reply.status, raw.closed().await), (200, Vec::new()), "HTTP/1.0 ends with the answer");

    let mut raw = Raw::open(&service).await;
    raw.send(format!("{ABOUT}GET {API}/nothing HTTP/1.1\r\nHost: h\r\n\r\n{LIST}")).await;
    let statuses = [raw.reply().await, raw.reply().await, raw.reply().await].map(|reply| reply.unwrap().status);
    assert_eq!(statuses, [200, 404, 200], "all at once, answered in order");

    let mut raw = Raw::open(&service).await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n";
    raw.send(format!("GET {API}/about/ HTTP/1.1\r\nHost: h\r\n{upgrade}\r\n")).await;
    assert_eq!(raw.reply().await.unwrap().status, 200, "no other protocol at a REST path");

    let mut raw = Raw::open(&service).await;
    let expect =
        format!("POST {API}/module-builds/ HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    raw.send(expect).await;
    assert_eq!(raw.reply().await.unwrap().status, 100);
    raw.send("[]").await;
    assert_eq!(raw.reply().await.unwrap().status, 400);

    for method in ["BREW", "get", "TRACE", "DELETE", "PUT"] {
        let mut raw = Raw::open(&service).await;
        raw.send(format!("{method} {API}/module-builds/ HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        let reply = raw.reply().await.unwrap();
        assert_eq!((reply.status, reply.json()["status"].as_u64()), (405, Some(405)), "{method}");
        assert_eq!(reply.header("allow"), Some("OPTIONS, GET, HEAD, POST"), "{method}");
    }
    for (path, status) in [("/about/", 200), ("/module-builds/", 200), ("/module-builds/1", 200), ("/nothing", 404)] {
        let mut raw = Raw::open(&service).await;
        raw.send(format!("HEAD {API}{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")).await;
        let reply = raw.reply_to("HEAD").await.unwrap();
        assert_eq!((reply.status, raw.closed().await), (status, Vec::new()), "HEAD {path} has no body");
    }
    for target in ["http://evil.example.com/", "//", "*", "/%2e%2e/%2e%2e/etc/passwd", "/..//../etc/passwd"] {
        let mut raw = Raw::open(&service).await;
        raw.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        let reply = raw.reply().await.unwrap();
        assert_eq!((reply.status, reply.json()["status"].as_u64()), (404, Some(404)), "{target}");
    }
    let mut raw = Raw::open(&service).await;
    raw.send("CONNECT evil.example.com:443 HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let reply = raw.reply().await.unwrap();
    assert!((400..500).contains(&reply.status), "{}", reply.status);
    no_defect(&service);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_without_tls() {
    let service = service().await;
    let mut raw = Raw::open(&service).await;
    let settings = frame(4, 0, 0, b"");
    // :method GET, :scheme http, :path, :authority
    let path = format!("{API}/about/");
    let mut head = vec![0x82, 0x86, 0x04, u8::try_from(path.len()).unwrap()];
    head.extend_from_slice(path.as_bytes());
    head.extend_from_slice(b"\x01\x01h");
    raw.send([b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), settings, frame(1, 5, 1, &head)].concat()).await;
    let body = loop {
        let start = raw.exactly(9).await.expect("a frame");
        let length = usize::from(start[0]) << 16 | usize::from(start[1]) << 8 | usize::from(start[2]);
        let payload = raw.exactly(length).await.unwrap();
        if start[3] == 0 {
            break payload;
        }
    };
    assert!(String::from_utf8_lossy(&body).contains("api_version"), "{body:?}");
    raw.closed().await;
    list_answers(&service).await;
}

/// A frame of HTTP/2: type, flags, stream, payload.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies() {
    let service = service().await;
    let post = format!("POST {API}/module-builds/ HTTP/1.1\r\nHost: h\r\n");
    let document = serde_json::json!({"modulemd": Module::new("cut-off").yaml()}).to_string();
    for head in [format!("Content-Length: {}", document.len() + 1), "Transfer-Encoding: chunked".to_owned()] {
        let chunk = if head.starts_with('T') { format!("{:x}\r\n", document.len()) } else { String::new() };
        let mut raw = Raw::open(&service).await;
        raw.send(format!("{post}{head}\r\n\r\n{chunk}{document}")).await;
        raw.finish().await;
        if let Some(reply) = raw.reply().await {
            assert_eq!(reply.status, 400, "{}", reply.text());
        }
    }
    assert!(service.rows().await.builds_named("cut-off").await.is_empty(), "half a request submits nothing");

    let mut raw = Raw::open(&service).await;
    raw.send(format!("{post}Content-Length: 2000000\r\n\r\n{}", "x".repeat(2_000_000))).await;
    assert_eq!(raw.reply().await.unwrap().status, 413);
    let mut raw = Raw::open(&service).await;
    raw.send(format!("{post}Content-Length: 99999999999999\r\n\r\n")).await;
    assert_eq!(raw.reply().await.unwrap().status, 413);
    let mut raw = Raw::open(&service).await;
    raw.send(format!("{post}Transfer-Encoding: chunked\r\n\r\n")).await;
    let endless = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let said = String::from_utf8_lossy(&raw.repeat(endless.as_bytes(), Duration::ZERO).await).into_owned();
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    // Refused before the body has come; it is on its way all the same.
    for _ in 0..20 {
        let mut raw = Raw::open(&service).await;
        let head = format!("POST {API}/nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n");
        raw.send(format!("{head}{}", "x".repeat(900_000))).await;
        let reply = raw.reply().await.expect("the answer arrives");
        assert_eq!((reply.status, reply.header("connection")), (404, Some("close")));
        assert_eq!(raw.closed().await, b"");
    }
    // A body where none belongs.
    let mut raw = Raw::open(&service).await;
    raw.send(format!("GET {API}/about/ HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")).await;
    assert_eq!(raw.reply().await.unwrap().status, 200);
    raw.closed().await;
    list_answers(&service).await;
    no_defect(&service);
}
