//! One connection.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::Version;
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use poem::endpoint::BoxEndpoint;
use poem::http::header;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::lingering;
use super::progress::Progress;
use super::stream::{Socket, Stream};
use super::unread::Unread;
use crate::config::Connections;

/// Largest head of a request, in bytes; as much is read ahead.
const HEAD: usize = 64 << 10;

/// Held by whoever goes on with a connection in another protocol: the server waits for it, as it does for answers.
#[derive(Clone, Debug)]
pub struct WaitedFor {
    _stopped: watch::Receiver<bool>,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// There was nothing more to say: the client left, or the last answer is sent.
    Finished,
    /// It was silent for too long, or silent when the server ended.
    CutOff,
}

/// What a connection is served with.
pub struct Terms {
    /// Answers requests.
    pub api: Arc<BoxEndpoint<'static>>,
    /// What it may take.
    pub limits: Connections,
    /// Speaks TLS, where that is spoken.
    pub tls: Option<TlsAcceptor>,
    /// Says when connections have to end, and knows of those that are waited for.
    pub stopping: watch::Sender<bool>,
}

/// Answers the requests of a connection until the client leaves, it is overdue, or the server ends. The server waits for those that
/// hold `stopped`.
pub async fn serve(socket: Socket, client: SocketAddr, terms: Terms, mut stopped: watch::Receiver<bool>) {
    let socket = Arc::new(socket);
    let ended = talk(Arc::clone(&socket), client, terms, &mut stopped).await;
    // Where it speaks another protocol now, somebody else has it.
    if ended == Ended::Finished
        && let Some(socket) = Arc::into_inner(socket)
    {
        lingering::close(socket.tcp).await;
    }
}

async fn talk(socket: Arc<Socket>, client: SocketAddr, terms: Terms, stopped: &mut watch::Receiver<bool>) -> Ended {
    let Ok(local) = socket.tcp.local_addr() else { return Ended::CutOff };
    // An answer is written in one go; there is nothing to wait for.
    let _only_slower = socket.tcp.set_nodelay(true);
    let progress = Arc::new(Progress::new());
    let stream = Stream::new(socket, Arc::clone(&progress));
    let Terms { api, limits, tls, stopping } = terms;
    let mut exchange = Exchange { api, limits, local, client, scheme: Scheme::HTTP, progress, stopping };
    let Some(tls) = tls else { return exchange.run(stream, stopped).await };
    let agreed = tokio::select! {
        biased;
        agreed = tls.accept(stream) => agreed,
        () = tokio::time::sleep(limits.header_timeout) => return Ended::CutOff,
        _ = stopped.wait_for(|stopped| *stopped) => return Ended::CutOff,
    };
    match agreed {
        Ok(stream) => {
            exchange.scheme = Scheme::HTTPS;
            exchange.progress.begin_anew();
            exchange.run(stream, stopped).await
        }
        Err(error) => {
            tracing::debug!(%client, %error, "no TLS");
            Ended::Finished
        }
    }
}

/// Requests and answers of one connection.
struct Exchange {
    api: Arc<BoxEndpoint<'static>>,
    limits: Connections,
    local: SocketAddr,
    client: SocketAddr,
    scheme: Scheme,
    progress: Arc<Progress>,
    stopping: watch::Sender<bool>,
}

impl Exchange {
    async fn run(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        stopped: &mut watch::Receiver<bool>,
    ) -> Ended {
        let Self { api, limits, local, client, scheme, progress, stopping } = self;
        let (local, remote) = (LocalAddr(local.into()), RemoteAddr(client.into()));
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let under_way = progress.begin(request.version());
            // HTTP/2 can leave out the rest of a request.
            let may_stay_unread = !request.body().is_end_stream() && request.version() != Version::HTTP_2;
            let mut request: Request = (request, local.clone(), remote.clone(), scheme.clone()).into();
            if request.headers().contains_key(header::UPGRADE) {
                request.set_data(WaitedFor { _stopped: stopping.subscribe() });
            }
            let unread = may_stay_unread.then(|| Unread::of(&mut request));
            let api = Arc::clone(&api);
            async move {
                let mut answer = api.get_response(request).await;
                if let Some(unread) = unread {
                    unread.announce(&mut answer);
                }
                Ok::<_, Infallible>(under_way.until_sent(answer.into()))
            }
        });
        let http = protocols();
        let mut connection = std::pin::pin!(http.serve_connection_with_upgrades(TokioIo::new(stream), service));
        let mut overdue = std::pin::pin!(progress.overdue(&limits));
        // The connection first: what has come already is not cut off.
        tokio::select! {
            biased;
            _either_side_left = connection.as_mut() => return Ended::Finished,
            () = overdue.as_mut() => {
                tracing::debug!(%client, "closing a connection that was silent for too long");
                return Ended::CutOff;
            }
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        if progress.is_waiting() {
            return Ended::CutOff;
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            _either_side_left = connection => Ended::Finished,
            () = overdue => Ended::CutOff,
        }
    }
}

fn protocols() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().max_buf_size(HEAD);
    http.http2().max_header_list_size(16 << 10);
    http
}
