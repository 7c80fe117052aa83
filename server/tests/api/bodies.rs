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
    let query = application.send("POST", "/graphql", &[], &too_large).await;
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
