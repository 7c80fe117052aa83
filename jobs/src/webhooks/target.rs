//! Where may be sent to, and how.
//!
//! Anybody who may submit can make a webhook, so its address must not reach what only this service can reach. Names are looked up by
//! ourselves, for each connection, and only addresses that are allowed are connected to: a name that meant another address when
//! the webhook was made does not help. Redirects are not followed, and proxies of the environment are not used.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::WebhookSettings;

/// Longest address, in bytes.
const LONGEST: usize = 2000;

/// Why an address cannot be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no address of a web server.
    #[error(
        "it has to be an address that begins with http:// or https://, without user, password and #, of at most {LONGEST} bytes"
    )]
    Malformed,
    /// It is of this machine or of a network that is not the internet.
    #[error("{0} is not on the internet (WEBHOOKS_ALLOW_PRIVATE)")]
    Private(String),
}

/// Sends to allowed addresses only; those of numbers have to pass [`check`] before.
pub fn client(settings: &WebhookSettings) -> Result<Client, reqwest::Error> {
    // reqwest is built without a TLS provider of its own. The only error is that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent("module-build-service")
        .timeout(settings.timeout)
        .connect_timeout(settings.timeout)
        .redirect(Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(1)
        .dns_resolver(Arc::new(Checked { allow_private: settings.allow_private }))
        .build()
}

/// Whether an address can be sent to, as far as it says so itself; where its name leads is looked at for each connection.
pub fn check(text: &str, allow_private: bool) -> Result<Url, Refused> {
    let url = Url::parse(text).map_err(|_| Refused::Malformed)?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !is_web || !is_plain || text.len() > LONGEST {
        return Err(Refused::Malformed);
    }
    let host = url.host_str().unwrap_or_default();
    let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match number {
        Ok(address) if !allow_private && !is_public(address) => Err(Refused::Private(address.to_string())),
        _ => Ok(url),
    }
}

struct Checked {
    allow_private: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (name, allow_private) = (name.as_str().to_owned(), self.allow_private);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| allow_private || is_public(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Refused::Private(name).into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}

/// Whether an address is one of the internet.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // This network; carriers' own; protocol assignments; benchmarks; the future and broadcast.
        || a == 0
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && b & 0xfe == 18)
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    match (first, second) {
        // Only 2000::/3 is given out; in it are documentation, tunnels that carry IPv4 addresses, and others that are none.
        (0x2001, ..0x0200 | 0x0db8) | (0x2002, _) | (0x3fff, ..0x1000) => false,
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        for address in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn addresses_are_checked_however_they_are_written() {
        for url in ["https://example.com/hook?x=1", "http://8.8.8.8:8080/", "http://[2606:4700::1111]/"] {
            assert!(check(url, false).is_ok(), "{url}");
        }
        for url in
            ["ftp://example.com/", "example.com", "http://a:b@example.com/", "http://a@example.com/", "http://x/#y"]
        {
            assert_eq!(check(url, true), Err(Refused::Malformed), "{url}");
        }
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]:80/",
            "http://[::ffff:10.0.0.1]/",
        ] {
            assert!(matches!(check(url, false), Err(Refused::Private(_))), "{url}");
            assert!(check(url, true).is_ok(), "{url}");
        }
    }
}
