//! Bodies that are too large, too short, or not what they say.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::SECTION;
use crate::support::{Answer, Application};

const BUILDS: &str = "/module-build-service/2/module-builds/";
const LIMIT: usize = 100_000;

async fn limited() -> Application {
    Application::start_with(SECTION, None, |config, _| config.rest.max_request_bytes = LIMIT).await
}

async fn post(application: &Application, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
    let answer = application.send("POST", BUILDS, headers, body).await;
    let body = answer.body.expect("JSON");
    assert_eq!(body["status"], answer.status);
    (answer.status, body["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn larger_than_the_limit() {
    let application = limited().await;
    let fits = format!("\"{}\"", "x".repeat(LIMIT - 2));
    assert_eq!(post(&application, &[], fits.as_bytes()).await, (400, "Invalid JSON submitted".to_owned()));
    for length in [LIMIT + 1, 20 * LIMIT] {
        let (status, message) = post(&application, &[], "x".repeat(length).as_bytes()).await;
        assert_eq!((status, message.as_str()), (413, "The request is larger than the 100000 bytes that are allowed"));
    }
    let too_large = vec![b' '; LIMIT + 1];
    let cancel = application.send("PATCH", &format!("{BUILDS}8"), &[], &too_large).await;
    assert_eq!(cancel.status, 413);
    let query = application.send("POST", "/graphql", &[("Content-Type", "application/json")], &too_large).await;
    assert_eq!(query.status, 413);
}

#[tokio::test]
async fn announced_as_larger_than_anybody_would_read() {
    let application = limited().await;
    let mut stream = TcpStream::connect(&application.address).await.unwrap();
    let head = format!("POST {BUILDS} HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut received = vec![0; 4096];
    let length = stream.read(&mut received).await.unwrap();
    assert_eq!(Answer::parse(&received[..length]).status, 413);
}

#[tokio::test]
async fn neither_json_nor_a_form() {
    let application = limited().await;
    let deep = "[".repeat(50_000);
    for body in ["", "{", "nonsense", "{\"a\": NaN}", "[]", "\"x\"", "null", "{} {}", &deep] {
        let answer = post(&application, &[("Content-Type", "application/json")], body.as_bytes()).await;
        assert_eq!(answer, (400, "Invalid JSON submitted".to_owned()), "{body:.20}");
    }
    assert_eq!(post(&application, &[], b"\xff\xfe").await.0, 400);
}

#[tokio::test]
async fn forms_that_are_broken() {
    let application = limited().await;
    let form = "multipart/form-data; boundary=b";
    let not_text = b"--b\r\nContent-Disposition: form-data; name=\"branch\"\r\n\r\n\xff\r\n--b--\r\n";
    let bodies: [(&str, &[u8]); 5] = [
        ("multipart/form-data", b"--b--\r\n"),
        (form, b""),
        (form, b"--b\r\nContent-Disposition: form-data; name=\"yaml\"; filename=\"x\"\r\n\r\nendless"),
        (form, b"--b\r\n\r\n"),
        (form, not_text),
    ];
    for (content_type, body) in bodies {
        let (status, message) = post(&application, &[("Content-Type", content_type)], body).await;
        assert_eq!(status, 400, "{message}");
        assert!(message.starts_with("Invalid form submitted"), "{message}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_harms_nobody() {
    let application = limited().await;
    for _ in 0..20 {
        let mut stream = TcpStream::connect(&application.address).await.unwrap();
        let head = format!("POST {BUILDS} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{{");
        stream.write_all(head.as_bytes()).await.unwrap();
    }
    assert_eq!(application.get("2/module-builds/?short=1").await.status, 200);
}

/// Sends bytes as they are, ends the sending side if `ends`, and reads the first answer.
async fn raw(application: &Application, bytes: &[u8], ends: bool) -> (u16, String) {
    let mut stream = TcpStream::connect(&application.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    if ends {
        stream.shutdown().await.unwrap();
    }
    let mut received = Vec::new();
    loop {
        if let Some(end) = end_of_answer(&received) {
            let answer = Answer::parse(&received[..end]);
            let message = answer.body.map(|body| body["message"].as_str().unwrap().to_owned());
            return (answer.status, message.unwrap_or_default());
        }
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.unwrap();
        assert!(length > 0, "no answer, only {:?}", String::from_utf8_lossy(&received));
        received.extend_from_slice(&chunk[..length]);
    }
}

/// Where the first answer ends, once all of it is there.
fn end_of_answer(received: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(received).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let length: usize = length.unwrap_or(0);
    (body.len() >= length).then_some(head.len() + 4 + length)
}

fn head(headers: &str) -> String {
    format!("POST {BUILDS} HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n")
}

#[tokio::test]
async fn slower_than_the_operator_waits() {
    let application = Application::start_with(SECTION, None, |config, _| {
        config.rest.request_timeout = std::time::Duration::from_secs(1);
    })
    .await;
    for begun in ["", "{", "{\"scmurl\": \"x"] {
        let request = format!("{}{begun}", head("Content-Length: 100"));
        let answer = raw(&application, request.as_bytes(), false).await;
        assert_eq!(answer, (408, "The request did not arrive within 1 seconds".to_owned()));
    }
    let chunked = format!("{}3\r\n{{\"s\r\n", head("Transfer-Encoding: chunked"));
    assert_eq!(raw(&application, chunked.as_bytes(), false).await.0, 408);
}

#[tokio::test]
async fn other_than_announced() {
    let application = limited().await;
    let early = format!("{}{{}}", head("Content-Length: 100"));
    let (status, message) = raw(&application, early.as_bytes(), true).await;
    assert!(status == 400 && message.starts_with("The request ended early"), "{status} {message}");
    // What is beyond the announced length is no part of this request.
    let late = format!("{}{{}} and so on", head("Content-Length: 2"));
    assert_eq!(raw(&application, late.as_bytes(), false).await, (400, "Missing scmurl".to_owned()));
    for lie in ["Content-Length: 2\r\nContent-Length: 3", "Content-Length: -2", "Content-Length: two"] {
        assert_eq!(raw(&application, format!("{}{{}}", head(lie)).as_bytes(), false).await.0, 400, "{lie}");
    }
}

#[tokio::test]
async fn in_chunks() {
    let application = limited().await;
    let chunked = |chunks: &str| format!("{}{chunks}", head("Transfer-Encoding: chunked"));
    let good = chunked("1\r\n{\r\n1;name=value\r\n}\r\n0\r\nTrailer: x\r\n\r\n");
    assert_eq!(raw(&application, good.as_bytes(), false).await, (400, "Missing scmurl".to_owned()));
    for broken in ["zz\r\n{}\r\n0\r\n\r\n", "5\r\n{}\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n"] {
        assert_eq!(raw(&application, chunked(broken).as_bytes(), true).await.0, 400, "{broken:?}");
    }
    let chunk = format!("{:x}\r\n{}\r\n", 60_000, "x".repeat(60_000));
    let large = chunked(&format!("{chunk}{chunk}0\r\n\r\n"));
    assert_eq!(raw(&application, large.as_bytes(), false).await.0, 413);
}

#[tokio::test]
async fn compressed() {
    let application = limited().await;
    for coding in ["gzip", "deflate", "br", "identity, gzip", "nonsense", ""] {
        let (status, message) = post(&application, &[("Content-Encoding", coding)], b"{}").await;
        assert_eq!((status, message.contains("without compression")), (415, true), "{coding:?}: {message}");
    }
    assert_eq!(post(&application, &[("Content-Encoding", "Identity")], b"{}").await.0, 400);
}

#[tokio::test]
async fn json_at_its_edges() {
    let application = limited().await;
    let not_json = (400, "Invalid JSON submitted".to_owned());
    let deep = format!("{{\"srpms\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    for body in [deep.as_bytes(), objects.as_bytes(), b"\xef\xbb\xbf{}", b"{\"scmurl\": \"\xff\"}", b"\xff\xfe{\0}\0"] {
        assert_eq!(post(&application, &[], body).await, not_json);
    }
    // Of a name that is there twice, the last value counts.
    let last = |first: &str, last: &str| format!("{{\"scmurl\": {first}, \"scmurl\": {last}}}");
    let (status, message) = post(&application, &[], last("\"x\"", "7").as_bytes()).await;
    assert_eq!((status, message.as_str()), (400, "The \"scmurl\" parameter must be a string"));
    let (_, message) = post(&application, &[], last("7", "null").as_bytes()).await;
    assert_eq!(message, "Missing scmurl");
}
