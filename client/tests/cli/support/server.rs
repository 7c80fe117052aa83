//! HTTP/1.1 by hand: a connection a request, answered by a closure.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

/// What the program asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, path and query as sent, e.g. `GET /module-build-service/2/module-builds/7`.
    pub line: String,
    /// The JSON body, null if there is none.
    pub body: Value,
    /// The header `Idempotency-Key`.
    pub key: Option<String>,
}

/// Status and body.
pub type Answer = (u16, Value);

/// A server that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    requests: Arc<Mutex<Vec<Request>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port.
    pub fn start(answer: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), answer)
    }

    /// Listens on the address of a server that was there before.
    pub fn start_at(address: SocketAddr, mut answer: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (stopped, seen) = (stop.clone(), requests.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let _ = serve(stream.unwrap(), &seen, &mut answer);
            }
        });
        Self { address, stop, requests, thread: Some(thread) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &mut impl FnMut(&Request) -> Answer,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let request = read(&mut reader)?;
    let (status, body) = if request.line.contains("/events") {
        // The Python service has no stream of events.
        (
            404,
            json!({ "status": 404, "error": "Not Found", "message": "The requested URL was not found on the server." }),
        )
    } else {
        seen.lock().unwrap().push(request.clone());
        answer(&request)
    };
    let body = match body {
        Value::String(text) => text,
        json => json.to_string(),
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\nDate: Sun, 22 Nov 2026 10:01:00 GMT\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    reader.get_mut().write_all(format!("{head}{body}").as_bytes())
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Request> {
    let mut head = String::new();
    let (mut length, mut key) = (0, None);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("idempotency-key")
        {
            key = Some(value.trim().to_owned());
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    Ok(Request { line, body: serde_json::from_slice(&body).unwrap_or_default(), key })
}
