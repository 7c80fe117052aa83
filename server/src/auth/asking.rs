//! What is known of a request before it is known who sent it.

use std::net::IpAddr;

use poem::http::HeaderMap;
use poem::{Addr, Request};

/// Headers, and where the request came from.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// All headers, as they were sent.
    pub headers: &'a HeaderMap,
    /// The other end of the connection, which may be a proxy; `None` where unknown.
    pub peer: Option<IpAddr>,
}

impl<'a> Asking<'a> {
    /// Of a request.
    pub fn of(request: &'a Request) -> Self {
        Self { headers: request.headers(), peer: peer(request) }
    }
}

/// The other end of the connection that brought a request.
pub(super) fn peer(request: &Request) -> Option<IpAddr> {
    match &request.remote_addr().0 {
        // An IPv4 client of a socket that takes both is the same client.
        Addr::SocketAddr(address) => Some(address.ip().to_canonical()),
        _ => None,
    }
}
