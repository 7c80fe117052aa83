//! The answer to connections beyond `MAX_CONNECTIONS`.

use std::sync::Arc;
use std::time::Duration;

use poem::http::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// How many get an answer at the same time; more are closed without one.
const AT_ONCE: usize = 64;
/// How long a client may take to notice.
const PATIENCE: Duration = Duration::from_secs(1);

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
            let _in_vain = tokio::time::timeout(PATIENCE, tell(&mut socket, answer.as_bytes())).await;
            drop(slot);
        });
    }
}

/// Closing while there is something unread would make the client's side drop the answer.
async fn tell(socket: &mut TcpStream, answer: &[u8]) -> std::io::Result<()> {
    socket.write_all(answer).await?;
    socket.shutdown().await?;
    let mut unread = [0; 4096];
    while socket.read(&mut unread).await? > 0 {}
    Ok(())
}
