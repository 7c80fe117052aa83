//! Who sends the request that is being answered.

use std::net::IpAddr;

use crate::rest;

/// What is known of whoever asks for a change.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// Name; `None` until it is known.
    pub user: Option<String>,
    /// How it is known.
    pub method: Option<&'static str>,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
    /// Id of the request.
    pub request_id: Option<String>,
    /// Whether there were credentials, good or not.
    pub tried: bool,
}

impl Caller {
    /// Of the current request; outside of any, of somebody on the command line.
    pub fn current() -> Self {
        rest::caller().unwrap_or(Self { method: Some("command line"), ..Self::default() })
    }
}
