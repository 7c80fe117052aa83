//! The HTTP server: takes connections, and lets none of them have more than its share.
//!
//! hyper speaks HTTP/1 and HTTP/2, over TLS where there is a certificate. What it leaves to whoever accepts
//! connections is here: how many there are, how long one may do nothing, and how they end. A client that opens a thousand and
//! stays silent, or sends a byte a second, costs others nothing. (poem's own server leaves such connections open for ever, and
//! spins while no more files can be opened.)
//!
//! | file | subject |
//! | --- | --- |
//! | [`connection`] | one connection, from accepted to closed |
//! | [`progress`] | what it is doing, and for how long that is all right |
//! | [`unread`] | requests that are answered before all of them was read |
//! | [`stream`] | its bytes, watched |
//! | [`tls`] | certificates |
//! | [`lingering`] | closing in a way that the last answer arrives |
//! | [`refusal`] | the answer where there are too many |
//! | [`descriptors`] | how many files may be open |
//! | [`seldom`] | log lines that must not become a flood |

mod connection;
mod descriptors;
mod lingering;
mod progress;
mod refusal;
mod seldom;
mod stream;
mod tls;
mod unread;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::config::Connections;
use connection::Terms;
pub use connection::WaitedFor;
use refusal::Refusal;
use seldom::Seldom;
use stream::Socket;
pub use tls::{Files as TlsFiles, Tls, TlsError};

/// How long requests that are under way may take after the server was asked to end.
const GRACE: Duration = Duration::from_secs(5);
/// Between attempts to accept while the host lacks what a connection needs.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers requests with `api` until `stop`, and then finishes those that are under way, for 5 seconds at most. Connections
/// without a request are closed at once.
pub async fn serve(
    listener: TcpListener,
    api: BoxEndpoint<'static>,
    limits: Connections,
    tls: Option<Tls>,
    stop: impl Future<Output = ()>,
) {
    let stopping = watch::Sender::new(false);
    let mut server = Server {
        api: Arc::new(api),
        slots: Arc::new(Semaphore::new(descriptors::make_room(limits.most))),
        refusal: Refusal::new(),
        limits,
        tls,
        stopping: stopping.clone(),
        trouble: Seldom::default(),
        crowd: Seldom::default(),
    };
    tokio::pin!(stop);
    tokio::select! {
        biased;
        () = &mut stop => {}
        () = server.accept_all(&listener) => {}
    }
    drop((listener, server));
    stopping.send_replace(true);
    if tokio::time::timeout(GRACE, stopping.closed()).await.is_err() {
        tracing::warn!(connections = stopping.receiver_count(), "ending with unfinished requests");
    }
}

struct Server {
    api: Arc<BoxEndpoint<'static>>,
    /// One for each connection that may be open.
    slots: Arc<Semaphore>,
    refusal: Refusal,
    limits: Connections,
    /// None where HTTP is spoken as it is.
    tls: Option<Tls>,
    /// Becomes true when connections have to end; each holds one, so that their end can be waited for.
    stopping: watch::Sender<bool>,
    trouble: Seldom,
    crowd: Seldom,
}

impl Server {
    async fn accept_all(&mut self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((socket, client)) => self.admit(socket, client),
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    // Trying again at once would only use up a processor; those who wait do so in the kernel's queue.
                    self.trouble.say(|times| tracing::error!(%error, times, "cannot accept connections"));
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn admit(&mut self, tcp: TcpStream, client: SocketAddr) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.crowd.say(|times| tracing::warn!(times, "refused connections: there are too many (MAX_CONNECTIONS)"));
            return self.refusal.send(tcp);
        };
        let terms = Terms {
            api: Arc::clone(&self.api),
            limits: self.limits,
            tls: self.tls.as_ref().map(Tls::acceptor),
            stopping: self.stopping.clone(),
        };
        tokio::spawn(connection::serve(Socket::new(tcp, slot), client, terms, self.stopping.subscribe()));
    }
}

/// Somebody gave up between knocking and coming in.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
