//! Servers that misbehave.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::settings;
use scm::{Git, Membership, ScmError, ScmUrl, Settings};

/// A listener whose connections are given to `serve`, each on a thread of its own; returns its port.
fn listener(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || serve(stream.unwrap()));
        }
    });
    port
}

fn read_to_end(stream: &mut TcpStream) {
    let mut chunk = [0; 1024];
    while stream.read(&mut chunk).is_ok_and(|read| read > 0) {}
}

#[tokio::test]
async fn a_host_that_never_answers_is_given_up_and_git_killed() {
    for scheme in ["git", "http"] {
        let (ended, end) = std::sync::mpsc::channel();
        let port = listener(move |mut stream| {
            // Ends only when the other side closes the connection, that is when every process that holds it is gone.
            read_to_end(&mut stream);
            ended.send(()).unwrap();
        });
        let git = Git::new(Settings { timeout: Duration::from_secs(1), ..settings() }).unwrap();
        let url = ScmUrl::parse(&format!("{scheme}://127.0.0.1:{port}/x?#1")).unwrap();
        let start = Instant::now();
        let error = git.fetch_modulemd(&url, "master", Membership::Required).await.unwrap_err();
        assert!(matches!(error, ScmError::TimedOut { seconds: 1, .. }), "{error}");
        assert!(error.is_temporary());
        assert!(start.elapsed() < Duration::from_secs(10));
        end.recv_timeout(Duration::from_secs(10)).expect("git let go of the connection");
    }
}

#[tokio::test]
async fn a_host_that_drops_connections_is_tried_again() {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    let port = listener(move |stream| {
        seen.fetch_add(1, Ordering::SeqCst);
        drop(stream);
    });
    let git = Git::new(Settings { retries: 2, ..settings() }).unwrap();
    let error = git.latest_commit(&format!("git://127.0.0.1:{port}/x"), "master").await.unwrap_err();
    assert!(matches!(error, ScmError::Unreachable { .. }), "{error}");
    assert!(error.is_temporary());
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_port_where_nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["git", "http"] {
        let git = Git::new(settings()).unwrap();
        let error = git.latest_commit(&format!("{scheme}://127.0.0.1:{port}/x"), "master").await.unwrap_err();
        assert!(matches!(error, ScmError::Unreachable { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_password_or_is_no_git_server() {
    for answer in
        ["HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-x\r\n"]
    {
        let port = listener(move |mut stream| {
            let mut chunk = [0; 1024];
            let _ = stream.read(&mut chunk);
            let _ = stream.write_all(answer.as_bytes());
        });
        let scheme = if answer.starts_with("HTTP") { "http" } else { "git" };
        let git = Git::new(settings()).unwrap();
        let error = git.latest_commit(&format!("{scheme}://127.0.0.1:{port}/x"), "master").await.unwrap_err();
        assert!(!error.is_temporary(), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_sends_references_without_end() {
    let port = listener(|mut stream| {
        let line = format!("{} refs/heads/master\n", "a".repeat(40));
        let packet = format!("{:04x}{line}", line.len() + 4).repeat(1000);
        while stream.write_all(packet.as_bytes()).is_ok() {}
    });
    let git = Git::new(Settings { timeout: Duration::from_secs(2), ..settings() }).unwrap();
    let error = git.latest_commit(&format!("git://127.0.0.1:{port}/x"), "master").await.unwrap_err();
    assert!(!matches!(error, ScmError::NoReference { .. }), "{error}");
}

#[tokio::test]
async fn a_repository_that_is_too_large() {
    let tree = common::Tree::new("large");
    // Does not compress, so that the pack is as large as the file.
    let mut noise = String::new();
    let mut state = 1_u64;
    while noise.len() < 1024 * 1024 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        write!(noise, "{:x}", state >> 11).unwrap();
    }
    let commit = tree.commit("large.yaml", &noise);
    let git = Git::new(Settings { max_repository_bytes: 100_000, ..settings() }).unwrap();
    let error = git.fetch_modulemd(&tree.url(&commit), "master", Membership::Required).await.unwrap_err();
    assert!(matches!(error, ScmError::TooBig { limit: 100_000, .. } | ScmError::DocumentTooBig { .. }), "{error}");
}
