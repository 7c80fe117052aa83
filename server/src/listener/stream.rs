//! The bytes of a connection, watched.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

use super::progress::Progress;

/// A socket with the slot of its connection.
#[derive(Debug)]
pub struct Socket {
    /// The socket.
    pub tcp: TcpStream,
    /// Free again when it is closed, also where it was upgraded to another protocol.
    _slot: OwnedSemaphorePermit,
}

impl Socket {
    pub fn new(tcp: TcpStream, slot: OwnedSemaphorePermit) -> Self {
        Self { tcp, _slot: slot }
    }
}

/// What HTTP is spoken over: notes when something comes, and when nothing can be sent. Closing is left to the owner of the socket.
#[derive(Debug)]
pub struct Stream {
    socket: Arc<Socket>,
    progress: Arc<Progress>,
}

impl Stream {
    pub fn new(socket: Arc<Socket>, progress: Arc<Progress>) -> Self {
        Self { socket, progress }
    }

    /// Sends by `write` when the socket can take something.
    fn send(&self, cx: &mut Context<'_>, write: impl Fn(&TcpStream) -> io::Result<usize>) -> Poll<io::Result<usize>> {
        loop {
            let Poll::Ready(writable) = self.socket.tcp.poll_write_ready(cx) else {
                self.progress.sent(false);
                return Poll::Pending;
            };
            writable?;
            match write(&self.socket.tcp) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => {
                    self.progress.sent(true);
                    return Poll::Ready(sent);
                }
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.socket.tcp.poll_read_ready(cx))?;
            match self.socket.tcp.try_read_buf(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => {
                    if read? > 0 {
                        self.progress.received();
                    }
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.send(cx, |tcp| tcp.try_write(buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.send(cx, |tcp| tcp.try_write_vectored(bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
