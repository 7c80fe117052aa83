//! HTTPS by the service itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Once;

use reqwest::{Certificate, Client};
use tempfile::TempDir;
use tests::Service;
use tests::certificates::Authority;
use tests::directory::Directory;
use tests::kerberos::Realm;
use tests::service::program;
use tests::wait::{LONG, until_true};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Trusts one authority only.
fn client(authority: &Authority) -> Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        let _installed_already = rustls::crypto::ring::default_provider().install_default();
    });
    let pem = std::fs::read(authority.file()).unwrap();
    let certificate = Certificate::from_pem(&pem).unwrap();
    Client::builder().tls_certs_only([certificate]).no_proxy().build().unwrap()
}

async fn about(client: &Client, address: &str) -> Result<reqwest::Response, reqwest::Error> {
    client.get(format!("{address}/module-build-service/2/about/")).send().await
}

fn copy(from: &tests::certificates::Certificate, folder: &Path) {
    std::fs::copy(&from.key, folder.join("live.key")).unwrap();
    std::fs::copy(&from.certificate, folder.join("live.pem")).unwrap();
}

/// A service with the certificate that lies as `live.pem` in a folder.
async fn start(folder: &Path, change: impl FnOnce(tests::service::Builder) -> tests::service::Builder) -> Service {
    let service = Service::builder()
        .option("TLS_CERTIFICATE_FILE", folder.join("live.pem").display().to_string())
        .option("TLS_KEY_FILE", folder.join("live.key").display().to_string())
        .workers(0);
    let service = change(service).prepare().await;
    service.spawn_server();
    service
}

fn https(service: &Service) -> String {
    service.address().replace("http://127.0.0.1", "https://localhost")
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_taken_anew_while_connections_go_on() {
    let folder = TempDir::with_prefix("mbs-tls-").unwrap();
    let (first, second) = (Authority::make(&folder.path().join("1")), Authority::make(&folder.path().join("2")));
    copy(&first.issue("one"), folder.path());
    let service = start(folder.path(), |service| service).await;
    let (address, old, new) = (https(&service), client(&first), client(&second));
    until_true("the server to answer", LONG, async || about(&old, &address).await.is_ok()).await;
    let answer = about(&old, &address).await.unwrap();
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--noproxy", "*", "--output", "/dev/null", "--write-out", "%{http_version}", "--cacert"]);
    let output = curl.arg(first.file()).arg(&address).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
    assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(about(&new, &address).await.is_err(), "somebody else's authority");

    // A key that does not fit changes nothing.
    std::fs::copy(second.issue("other").key, folder.path().join("live.key")).unwrap();
    until_true("the service to complain", LONG, async || service.server_log().contains("the old one stays")).await;
    assert!(about(&client(&first), &address).await.is_ok());

    copy(&second.issue("two"), folder.path());
    until_true("the new certificate", LONG, async || about(&new, &address).await.is_ok()).await;
    assert!(about(&client(&first), &address).await.is_err());
    // The connection of before has it still.
    assert!(about(&old, &address).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_tls_is_closed() {
    let folder = TempDir::with_prefix("mbs-tls-").unwrap();
    let authority = Authority::make(&folder.path().join("1"));
    copy(&authority.issue("one"), folder.path());
    let service = start(folder.path(), |service| service.option("HEADER_TIMEOUT_SECONDS", 1)).await;
    let (address, client) = (https(&service), client(&authority));
    until_true("the server to answer", LONG, async || about(&client, &address).await.is_ok()).await;
    // Plain HTTP, garbage, half a greeting, and silence.
    for bytes in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], &[0xff; 4096], b"\x16\x03\x01\x02\x00\x01", b""] {
        let mut stream = TcpStream::connect(service.address().trim_start_matches("http://")).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _reset_or_closed = tokio::time::timeout(LONG, stream.read_to_end(&mut answer)).await.unwrap();
        assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(about(&client, &address).await.is_ok());
    let output = service.manage(&["config", "check"]);
    assert!(output.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_used_stop_the_start() {
    let folder = TempDir::with_prefix("mbs-tls-").unwrap();
    let authority = Authority::make(&folder.path().join("1"));
    copy(&authority.issue("one"), folder.path());
    std::fs::copy(authority.issue("other").key, folder.path().join("live.key")).unwrap();
    let service = start(folder.path(), |service| service).await;
    until_true("the server to end", LONG, async || service.server_log().contains("cannot speak TLS")).await;
    let mut check = service.manager(&["config", "check"]);
    let output = check.env("MBS_TLS_CERTIFICATE_FILE", "").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains("`TLS_KEY_FILE` needs `TLS_CERTIFICATE_FILE`"), "{errors}");
}

/// `mbs-build` with a ticket, or without.
fn mbs_build(service: &Service, ticket: Option<&tests::kerberos::Ticket>, arguments: &[&str]) -> Output {
    let mut command = match ticket {
        Some(ticket) => ticket.command(program("mbs-build")),
        None => Command::new(program("mbs-build")),
    };
    let address = service.address().replace("127.0.0.1", "localhost");
    command.args(arguments).env("MBS_URL", address);
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn mbs_build_uses_the_ticket_that_the_user_has() {
    let realm = Realm::start(&["alice", "bob"]).await;
    let directory = Directory::start(&[("packager", &["alice"])]).await;
    let service = Service::builder().kerberos(&realm, &directory).workers(0).start().await;
    let document = service.folder().join("ticketed.yaml");
    std::fs::write(&document, tests::Module::new("ticketed").yaml()).unwrap();
    let submit = ["submit", "--file", document.to_str().unwrap()];

    let alice = realm.login("alice");
    let output = mbs_build(&service, Some(&alice), &submit);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let build = service.rows().await.builds_named("ticketed").await.remove(0);
    assert_eq!(build.owner, "alice");

    let refused = mbs_build(&service, Some(&realm.login("bob")), &["cancel", &build.id.to_string()]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("bob is not in any of"));
    let without = mbs_build(&service, None, &submit);
    assert_eq!(without.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&without.stderr).contains("kinit"), "{}", String::from_utf8_lossy(&without.stderr));
    let output = mbs_build(&service, Some(&alice), &["cancel", &build.id.to_string()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Asks for a ticket as the service does, and then claims to be it without being able to prove it.
#[tokio::test(flavor = "multi_thread")]
async fn mbs_build_does_not_believe_who_cannot_prove_to_be_the_service() {
    let realm = Realm::start(&["alice"]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let impostor = tokio::spawn(async move {
        let mut asked = 0;
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                stream.read_buf(&mut request).await.unwrap();
            }
            let has_ticket = String::from_utf8_lossy(&request).to_lowercase().contains("authorization: negotiate");
            let answer = if has_ticket {
                asked += 1;
                let proofs = ["", "WWW-Authenticate: Negotiate AAAA\r\n"];
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n{}\r\n{{\"id\": 1}}",
                    proofs[asked % 2]
                )
            } else {
                "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    for _ in 0..2 {
        let mut command = realm.login("alice").command(program("mbs-build"));
        command.args(["info", "1"]).env("MBS_URL", format!("http://localhost:{port}"));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{errors}");
        assert!(errors.contains("did not prove that it is the service HTTP/localhost"), "{errors}");
    }
    impostor.abort();
}
