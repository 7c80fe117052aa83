//! Closing in a way that the last answer arrives.
//!
//! A request may be answered before all of it has come: its sender may not do that, it is too large, it is not HTTP. Closing a
//! socket that holds something unread makes the kernel tell the client to forget what it has not read yet, the answer included.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a client may take to read the answer and to close.
const PATIENCE: Duration = Duration::from_secs(1);
/// How much is read and thrown away, in bytes.
const MOST: usize = 64 << 20;

/// Says that nothing more will come, and closes once the client has, or after a second.
pub async fn close(mut socket: TcpStream) {
    let _gone_already = tokio::time::timeout(PATIENCE, drain(&mut socket)).await;
}

async fn drain(socket: &mut TcpStream) -> io::Result<()> {
    socket.shutdown().await?;
    let (mut unread, mut seen) = ([0; 8192], 0);
    while seen < MOST {
        match socket.read(&mut unread).await? {
            0 => break,
            length => seen += length,
        }
    }
    Ok(())
}
