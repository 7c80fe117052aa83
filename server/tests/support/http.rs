//! One HTTP exchange, with headers and body exactly as given.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// By name in small letters.
    pub headers: BTreeMap<String, String>,
    pub text: String,
    /// `None` where it is no JSON.
    pub body: Option<Value>,
}

/// The status of the answer to a `GET`, whatever its body is.
pub async fn status(address: &str, path: &str) -> u16 {
    let received = exchange(address, "GET", path, &[("Host", "h".to_owned())], b"").await;
    let line = received.split(|byte| *byte == b'\r').next().unwrap();
    std::str::from_utf8(line).unwrap().split(' ').nth(1).unwrap().parse().unwrap()
}

/// Sends a request and reads all of the answer.
pub async fn exchange(address: &str, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    received
}

impl Answer {
    /// Takes an answer apart.
    pub fn parse(received: &[u8]) -> Self {
        let received = String::from_utf8_lossy(received);
        let (head, body) = received.split_once("\r\n\r\n").expect("an answer with headers");
        let (status, lines) = head.split_once("\r\n").unwrap();
        let headers = lines.split("\r\n").filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<_, _> = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let is_chunked = headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked");
        let text = if is_chunked { unchunk(body) } else { body.to_owned() };
        Self {
            status: status.split(' ').nth(1).unwrap().parse().unwrap(),
            body: serde_json::from_str(&text).ok(),
            headers,
            text,
        }
    }
}

fn unchunk(mut rest: &str) -> String {
    let mut text = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        text.push_str(&after[..length]);
        rest = &after[(length + 2).min(after.len())..];
    }
    text
}
