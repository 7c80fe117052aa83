//! A gate before a server: it takes connections, and lets them through once it is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Makes a server one that hangs, for as long as a test likes.
#[derive(Debug)]
pub struct Gate {
    /// It listens at 127.0.0.1 here.
    pub port: u16,
    waiting: Arc<AtomicUsize>,
    open: watch::Sender<bool>,
}

impl Gate {
    /// A closed gate before port `behind`.
    pub async fn before(behind: u16) -> Self {
        Self::with_delay(behind, Duration::ZERO).await
    }

    async fn with_delay(behind: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (open, opened) = watch::channel(false);
        let waiting = Arc::new(AtomicUsize::new(0));
        tokio::spawn(admit(listener, (behind, delay), opened, waiting.clone()));
        Self { port, waiting, open }
    }

    /// A server at port `behind` that is far away: every connection waits for `delay`.
    pub async fn slow(behind: u16, delay: Duration) -> Self {
        let gate = Self::with_delay(behind, delay).await;
        gate.open();
        gate
    }

    /// A server that takes connections and never answers.
    pub async fn without_answer() -> Self {
        Self::before(0).await
    }

    /// How many connections came so far.
    pub fn connections(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Lets everybody through from now on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }
}

async fn admit(
    listener: TcpListener,
    (behind, delay): (u16, Duration),
    opened: watch::Receiver<bool>,
    waiting: Arc<AtomicUsize>,
) {
    while let Ok((mut outside, _)) = listener.accept().await {
        waiting.fetch_add(1, Ordering::SeqCst);
        let mut opened = opened.clone();
        tokio::spawn(async move {
            if opened.wait_for(|open| *open).await.is_err() {
                return;
            }
            tokio::time::sleep(delay).await;
            if let Ok(mut inside) = TcpStream::connect(("127.0.0.1", behind)).await {
                let _either_side_left = copy_bidirectional(&mut outside, &mut inside).await;
            }
        });
    }
}
