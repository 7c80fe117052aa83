//! A receiver of webhooks: an HTTP server that fails, hangs, redirects, and comes back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Answers this status, with this text.
    Answer(u16, String),
    /// Answers nothing.
    Hang,
    /// Sends the client elsewhere.
    Redirect(String),
    /// Answers 500 with a body that does not end.
    Endless,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Headers by name in small letters.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub text: String,
}

impl Received {
    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens.
    pub port: u16,
    mood: Arc<Mutex<Mood>>,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Starts one that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mood = Arc::new(Mutex::new(Mood::Answer(200, String::new())));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (moods, all) = (Arc::clone(&mood), Arc::clone(&received));
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (moods, all) = (Arc::clone(&moods), Arc::clone(&all));
                tokio::spawn(async move {
                    let _client_left = serve(socket, &moods, &all).await;
                });
            }
        });
        Self { port, mood, received, task }
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Does this from now on.
    pub fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Everything that came.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request, one connection.
async fn serve(mut socket: TcpStream, mood: &Mutex<Mood>, all: &Mutex<Vec<Received>>) -> std::io::Result<()> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        match socket.read(&mut part).await? {
            0 => return Ok(()),
            length => bytes.extend_from_slice(&part[..length]),
        }
    };
    let lines = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let headers: BTreeMap<String, String> = lines
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < head + 4 + length {
        match socket.read(&mut part).await? {
            0 => return Ok(()),
            length => bytes.extend_from_slice(&part[..length]),
        }
    }
    let text = String::from_utf8_lossy(&bytes[head + 4..]).into_owned();
    let mood = mood.lock().unwrap().clone();
    all.lock().unwrap().push(Received { headers, text });
    answer(socket, mood).await
}

async fn answer(mut socket: TcpStream, mood: Mood) -> std::io::Result<()> {
    let head = |status: u16, more: &str| format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{more}\r\n");
    match mood {
        Mood::Answer(status, text) => {
            let answer = head(status, &format!("Content-Length: {}\r\n", text.len())) + &text;
            socket.write_all(answer.as_bytes()).await?;
        }
        Mood::Redirect(place) => {
            let answer = head(302, &format!("Location: {place}\r\nContent-Length: 0\r\n"));
            socket.write_all(answer.as_bytes()).await?;
        }
        Mood::Endless => {
            socket.write_all(head(500, "").as_bytes()).await?;
            while socket.write_all(&[b'x'; 4096]).await.is_ok() {}
        }
        // Until the client gives up.
        Mood::Hang => while socket.read(&mut [0; 16]).await? > 0 {},
    }
    socket.shutdown().await
}
