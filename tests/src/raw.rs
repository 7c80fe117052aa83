//! What no client would send: a connection on which a test says exactly what it likes.

use std::sync::Once;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Service;
use crate::wait::LONG;

/// Files that tests may have open. Fewer than the service makes room for, so that it is seen to.
const FILES: u64 = 4000;

/// A connection to the server.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// Without the marks of chunks.
    pub body: Vec<u8>,
}

impl Reply {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Raw {
    /// Connects to the server of a service.
    pub async fn open(service: &Service) -> Self {
        make_room();
        let address = service.address();
        let stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
        Self { stream, unread: Vec::new() }
    }

    /// Sends bytes; false if the server has closed the connection.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        within("the server to read", self.stream.write_all(bytes.as_ref())).await.is_ok()
    }

    /// Says that nothing more will come; answers may.
    pub async fn finish(&mut self) {
        let _closed_already = self.stream.shutdown().await;
    }

    /// The next answer; `None` if the connection is closed before it is complete.
    pub async fn reply(&mut self) -> Option<Reply> {
        self.reply_to("GET").await
    }

    /// The next answer, to a request with this method.
    pub async fn reply_to(&mut self, method: &str) -> Option<Reply> {
        let head = String::from_utf8_lossy(&self.until(b"\r\n\r\n").await?).into_owned();
        let (first, lines) = head.split_once("\r\n").unwrap();
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).expect(first);
        let headers = lines.split("\r\n").filter_map(|line| line.split_once(':'));
        let headers: Vec<_> = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        let mut reply = Reply { status, headers, body: Vec::new() };
        if method != "HEAD" && status >= 200 && status != 204 && status != 304 {
            reply.body = self.body(&reply).await?;
        }
        Some(reply)
    }

    async fn body(&mut self, reply: &Reply) -> Option<Vec<u8>> {
        if reply.header("transfer-encoding") == Some("chunked") {
            let mut body = Vec::new();
            loop {
                let line = String::from_utf8_lossy(&self.until(b"\r\n").await?).into_owned();
                let length = usize::from_str_radix(line.trim(), 16).expect(&line);
                let chunk = self.exactly(length + 2).await?;
                body.extend_from_slice(&chunk[..length]);
                if length == 0 {
                    return Some(body);
                }
            }
        }
        match reply.header("content-length") {
            Some(length) => self.exactly(length.parse().unwrap()).await,
            None => Some(self.closed().await),
        }
    }

    /// Waits until the server closes the connection; returns what came before.
    pub async fn closed(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.unread)
    }

    /// Sends `bytes` again and again, after every pause, until the server closes the connection; returns what it said.
    pub async fn repeat(&mut self, bytes: &[u8], pause: Duration) -> Vec<u8> {
        let ended = within("the server to close the connection", async {
            loop {
                tokio::select! {
                    biased;
                    read = self.stream.read_buf(&mut self.unread) => if !read.is_ok_and(|length| length > 0) { break },
                    () = tokio::time::sleep(pause) => if self.stream.write_all(bytes).await.is_err() { break },
                }
            }
        });
        ended.await;
        std::mem::take(&mut self.unread)
    }

    /// Sends `bytes` again and again without ever reading, until the server closes the connection.
    pub async fn flood(&mut self, bytes: &[u8]) {
        within("the server to close the connection", async { while self.stream.write_all(bytes).await.is_ok() {} })
            .await;
    }

    async fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|window| window == end) {
                return self.exactly(at + end.len()).await;
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// The next bytes that come.
    pub async fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.unread.len() < length {
            if !self.more().await {
                return None;
            }
        }
        let rest = self.unread.split_off(length);
        Some(std::mem::replace(&mut self.unread, rest))
    }

    /// Reads some more; false at the end.
    async fn more(&mut self) -> bool {
        let read = within("the server to answer or to close the connection", self.stream.read_buf(&mut self.unread));
        read.await.is_ok_and(|length| length > 0)
    }
}

/// Lets this process open thousands of connections, where its limit of files is that of a shell.
fn make_room() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if current.is_some_and(|files| files < FILES) {
            let current = Some(maximum.map_or(FILES, |most| most.min(FILES)));
            setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
        }
    });
}

async fn within<T>(what: &str, happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, happens).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
