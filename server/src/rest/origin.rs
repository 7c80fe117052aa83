//! Under which URL clients see the service: it may stand behind a proxy that forwards part of its own URLs.
//!
//! A proxy sends `X-Script-Name` (the path it serves us under), `X-Forwarded-Host` and `X-Scheme`.

use poem::http::Uri;
use poem::{FromRequest, Request, RequestBody, Result};

/// Scheme, host and the path before ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
    script: String,
}

impl Origin {
    fn of(request: &Request) -> Self {
        let header = |name: &str| request.header(name).filter(|value| !value.is_empty());
        let host = header("X-Forwarded-Host").or_else(|| header("Host"));
        Self {
            scheme: header("X-Scheme").unwrap_or(request.scheme().as_str()).to_owned(),
            host: host.or(request.uri().host()).unwrap_or("localhost").to_owned(),
            script: header("X-Script-Name").unwrap_or_default().to_owned(),
        }
    }

    /// A path of ours without scheme and host, as clients see it.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.script)
    }

    /// A whole URL.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{}{path}", self.scheme, self.host, self.script)
    }
}

impl Origin {
    /// The whole address under which clients see the service, unless what a client sent is no such address: it may be shown to
    /// others, and in texts of any kind.
    pub fn checked_url(&self) -> Option<String> {
        let is_plain = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
        let good = matches!(self.scheme.as_str(), "http" | "https")
            && !self.host.is_empty()
            && is_plain(&self.host, "-._:[]")
            && is_plain(&self.script, "-._~/");
        good.then(|| self.url(""))
    }
}

impl<'a> FromRequest<'a> for &'a Origin {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        static NOWHERE: Origin = Origin { scheme: String::new(), host: String::new(), script: String::new() };
        Ok(request.data().unwrap_or(&NOWHERE))
    }
}

/// Notes the origin of a request and takes the proxy's part off its path; runs before a route is looked for.
pub async fn note(mut request: Request) -> Result<Request> {
    let origin = Origin::of(&request);
    if !origin.script.is_empty()
        && let Some(uri) = without(&origin.script, request.uri())
    {
        *request.uri_mut() = uri;
    }
    request.set_data(origin);
    Ok(request)
}

fn without(script: &str, uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(script)?;
    rest.starts_with('/').then(|| rest.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_proxy_decides_what_clients_see() {
        let request = Request::builder()
            .uri_str("/mbs/about/?x=1")
            .header("Host", "inside:8080")
            .header("X-Forwarded-Host", "mbs.example.com")
            .header("X-Scheme", "https")
            .header("X-Script-Name", "/mbs")
            .finish();
        let request = note(request).await.unwrap();
        assert_eq!(request.uri().to_string(), "/about/?x=1");
        let origin = request.data::<Origin>().unwrap();
        assert_eq!(origin.url("/about/"), "https://mbs.example.com/mbs/about/");
        assert_eq!(origin.path("/about/"), "/mbs/about/");
    }

    #[test]
    fn only_addresses_are_shown() {
        let origin = |scheme: &str, host: &str, script: &str| Origin {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            script: script.to_owned(),
        };
        assert_eq!(
            origin("https", "mbs.example.com:8443", "/mbs").checked_url().unwrap(),
            "https://mbs.example.com:8443/mbs"
        );
        assert_eq!(origin("http", "[::1]:5000", "").checked_url().unwrap(), "http://[::1]:5000");
        for (scheme, host, script) in [
            ("javascript", "h", ""),
            ("http", "", ""),
            ("http", "h\"><script>", ""),
            ("http", "h", "/'; rm -r ~"),
            ("http", "user@h", ""),
            ("http", "h", "/$(x)"),
        ] {
            assert_eq!(origin(scheme, host, script).checked_url(), None);
        }
    }

    #[tokio::test]
    async fn hostile_script_names_leave_the_path_alone() {
        for script in ["mbs", "/about", "/about/", "http://x", "//", "/a b"] {
            let request = Request::builder().uri_str("/about/").header("X-Script-Name", script).finish();
            let path = note(request).await.unwrap().uri().path().to_owned();
            assert!(path == "/about/" || path == "/", "{script} made {path}");
        }
    }
}
