//! Where the service is, and the HTTP client that goes there.

use std::time::Duration;

use reqwest::{Client, ClientBuilder, Url};

use crate::failure::Failure;

const PREFIX: &str = "module-build-service";
const USER_AGENT: &str = concat!("mbs-build/", env!("CARGO_PKG_VERSION"));

/// The address that all paths are below. Takes the root of a service (`http://host:5000`, also behind a path) as well as
/// an address of its REST API (`http://host/module-build-service/1/`).
pub fn base(given: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| Failure::Usage(format!("the address of the service, \"{given}\", {why}"));
    let mut url = Url::parse(given.trim()).map_err(|_| wrong("is not a URL such as http://127.0.0.1:5000"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("has to begin with http:// or https:// and name a host"));
    }
    let root: Vec<&str> =
        url.path().split('/').filter(|part| !part.is_empty()).take_while(|part| *part != PREFIX).collect();
    let path: String = root.iter().flat_map(|part| ["/", part]).collect();
    url.set_path(&format!("{path}/{PREFIX}/2/"));
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// The address of `path` below `base`. `path` is one of ours and never absolute.
pub fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path()));
    url
}

/// The client for that address.
pub fn client(base: &Url, insecure: bool) -> Result<Client, Failure> {
    let built = settings(base, insecure).build();
    if base.scheme() == "http" {
        // A machine without CA certificates can still speak plain HTTP.
        return built
            .or_else(|_| settings(base, insecure).tls_certs_only([]).build())
            .map_err(|error| unusable(&error));
    }
    built.map_err(|error| unusable(&error))
}

fn settings(base: &Url, insecure: bool) -> ClientBuilder {
    let settings = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(Duration::from_secs(10))
        .tls_danger_accept_invalid_certs(insecure);
    // A proxy from the environment cannot know this machine's own addresses.
    if matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) { settings.no_proxy() } else { settings }
}

fn unusable(error: &reqwest::Error) -> Failure {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    Failure::Local(format!("cannot set up HTTP: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_kinds_lead_to_version_2() {
        for (given, expected) in [
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000/module-build-service/2/"),
            ("http://127.0.0.1:5000/", "http://127.0.0.1:5000/module-build-service/2/"),
            ("https://mbs.example.com/module-build-service/1/", "https://mbs.example.com/module-build-service/2/"),
            ("https://example.com/mbs/module-build-service", "https://example.com/mbs/module-build-service/2/"),
            ("https://example.com/mbs?x=1#y", "https://example.com/mbs/module-build-service/2/"),
        ] {
            assert_eq!(base(given).unwrap().as_str(), expected, "{given}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for given in ["", "127.0.0.1:5000", "localhost:5000", "ftp://example.com", "file:///etc", "http://", "http://["]
        {
            assert!(matches!(base(given), Err(Failure::Usage(_))), "{given}");
        }
    }

    #[test]
    fn paths_are_below_the_base() {
        let base = base("http://h/mbs").unwrap();
        assert_eq!(below(&base, "module-builds/7").as_str(), "http://h/mbs/module-build-service/2/module-builds/7");
    }
}
