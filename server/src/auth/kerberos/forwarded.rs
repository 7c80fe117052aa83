//! `REMOTE_USER`: the name of a user whom a proxy before the service has authenticated, in a header of the operator's choice.
//!
//! Anybody can send a header. It counts only on connections from the addresses of such proxies, which have to replace whatever
//! their own clients sent under this name.

use poem::http::{HeaderMap, HeaderName};

use crate::auth::{Asking, Network};

/// The header, and from whom it is taken.
#[derive(Clone, Debug)]
pub struct Forwarded {
    header: HeaderName,
    proxies: Vec<Network>,
}

/// What a request says in this header.
#[derive(Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// Nothing that counts.
    Nothing,
    /// A name.
    Name(&'a str),
    /// Several names, or something that is no text.
    Confused,
}

impl Forwarded {
    /// The header `header` on connections from `proxies`.
    pub fn new(header: HeaderName, proxies: Vec<Network>) -> Self {
        Self { header, proxies }
    }

    /// Whom the proxy names. What others say is ignored, and noted in the log.
    pub fn said<'a>(&self, asking: &Asking<'a>) -> Said<'a> {
        let said = read(asking.headers, &self.header);
        let is_trusted = asking.peer.is_some_and(|peer| self.proxies.iter().any(|network| network.contains(peer)));
        if !is_trusted && said != Said::Nothing {
            let peer = asking.peer.map(|peer| peer.to_string());
            tracing::warn!(peer, header = %self.header, "ignored a user's name from an address that is not in TRUSTED_PROXIES");
            return Said::Nothing;
        }
        said
    }
}

fn read<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Said<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) | (Some(Ok("")), None) => Said::Nothing,
        (Some(Ok(name)), None) => Said::Name(name),
        _ => Said::Confused,
    }
}
