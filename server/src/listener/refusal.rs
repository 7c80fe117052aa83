//! The answer to connections beyond `MAX_CONNECTIONS`.

use std::sync::Arc;

use poem::http::StatusCode;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::lingering;

/// How many get an answer at the same time; more are closed without one.
const AT_ONCE: usize = 64;

/// 503 for everybody.
pub struct Refusal {
    answer: Arc<str>,
    slots: Arc<Semaphore>,
}

impl Refusal {
    pub fn new() -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let message = "The service has as many connections as it takes. Try again in a moment.";
        let body =
            json!({ "status": status.as_u16(), "error": status.canonical_reason(), "message": message }).to_string();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        Self { answer: answer.into(), slots: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Answers and closes.
    pub fn send(&self, mut socket: TcpStream) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else { return };
        let answer = Arc::clone(&self.answer);
        tokio::spawn(async move {
            if socket.write_all(answer.as_bytes()).await.is_ok() {
                lingering::close(socket).await;
            }
            drop(slot);
        });
    }
}
