//! One HTTP exchange, with headers and body exactly as given.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No request of the contract takes this long.
const LIMIT: Duration = Duration::from_mins(2);

/// An answer, recorded or received.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    /// By name in small letters.
    pub headers: BTreeMap<String, String>,
    /// `None` where it is no JSON.
    pub body: Option<Value>,
}

/// Sends a request and reads all of the answer.
pub async fn exchange(
    port: u16,
    method: &str,
    path: &str,
    headers: &BTreeMap<String, String>,
    body: &str,
) -> Result<String, String> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    let request = format!("{head}\r\n{body}");
    let received = timeout(LIMIT, talk(port, request.as_bytes())).await;
    let received = received.map_err(|_| "no answer".to_owned())?.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&received).into_owned())
}

async fn talk(port: u16, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(request).await?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await?;
    Ok(received)
}

impl Answer {
    /// Takes an answer apart.
    pub fn parse(received: &str) -> Option<Self> {
        let (head, body) = received.split_once("\r\n\r\n")?;
        let (status, lines) = head.split_once("\r\n")?;
        let headers = lines.split("\r\n").filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<_, _> = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let is_chunked = headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked");
        let text = if is_chunked { unchunk(body) } else { body.to_owned() };
        let status = status.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, headers, body: serde_json::from_str(&text).ok() })
    }
}

fn unchunk(mut rest: &str) -> String {
    let mut text = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let Some(chunk) = usize::from_str_radix(length, 16).ok().and_then(|length| after.get(..length)) else { break };
        text.push_str(chunk);
        rest = after.get(chunk.len() + 2..).unwrap_or_default();
    }
    text
}
