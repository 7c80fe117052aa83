//! One connection.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use poem::Endpoint;
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::progress::Progress;
use super::stream::Stream;
use crate::config::Connections;

/// Largest head of a request, in bytes; as much is read ahead.
const HEAD: usize = 64 << 10;

/// Answers the requests of a connection until the client leaves, it is overdue, or the server ends.
pub async fn serve(
    socket: TcpStream,
    client: SocketAddr,
    slot: OwnedSemaphorePermit,
    api: Arc<BoxEndpoint<'static>>,
    limits: Connections,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(local) = socket.local_addr() else { return };
    // An answer is written in one go; there is nothing to wait for.
    let _only_slower = socket.set_nodelay(true);
    let (local, remote) = (LocalAddr(local.into()), RemoteAddr(client.into()));
    let progress = Arc::new(Progress::new());
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let under_way = progress.begin(request.version());
        let request = (request, local.clone(), remote.clone(), Scheme::HTTP).into();
        let api = Arc::clone(&api);
        async move {
            let answer = api.get_response(request).await;
            Ok::<_, Infallible>(under_way.until_sent(answer.into()))
        }
    });
    let stream = TokioIo::new(Stream::new(socket, Arc::clone(&progress), slot));
    let http = protocols();
    let mut connection = std::pin::pin!(http.serve_connection_with_upgrades(stream, service));
    let mut overdue = std::pin::pin!(progress.overdue(&limits));
    // The connection first: what has come already is not cut off.
    tokio::select! {
        biased;
        _either_side_left = connection.as_mut() => return,
        () = overdue.as_mut() => return tracing::debug!(%client, "closing a connection that was silent for too long"),
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    if progress.is_waiting() {
        return;
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        _either_side_left = connection => {}
        () = overdue => {}
    }
}

fn protocols() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().max_buf_size(HEAD);
    http.http2().max_header_list_size(16 << 10);
    http
}
