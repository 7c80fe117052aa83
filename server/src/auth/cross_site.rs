//! Requests that a browser sends for a page of somebody else.
//!
//! A browser adds by itself what proves who its user is: a Kerberos ticket, or what a proxy before the service asks for. Where
//! everybody is let in, there is nothing to prove. So any page could submit and cancel builds for whoever looks at it. Browsers say
//! where a request comes from, and pages cannot change what they say; programs other than browsers say nothing.
//!
//! A bearer token is in a request only if whoever made the request knows the token.

use poem::http::{HeaderMap, header};

const SITE: &str = "sec-fetch-site";

/// Whether a page of another site made a browser send a request with these headers.
pub fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().trim_ascii().starts_with(b"Bearer ")) {
        return false;
    }
    match (text(SITE), text("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        // Older browsers, and all of them where the service is reached without encryption.
        (None, Some(origin)) => {
            let (_, origin) = origin.split_once("://").unwrap_or_default();
            // Only a proxy can have set the first: no page can without being asked whether it may.
            let mut own = ["x-forwarded-host", "host"].into_iter().filter_map(text);
            origin.is_empty() || !own.any(|own| own.eq_ignore_ascii_case(origin))
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> bool {
        let parsed = |(name, value): &(&str, &str)| (name.parse().unwrap(), value.parse().unwrap());
        is_cross_site(&headers.iter().map(parsed).collect::<HeaderMap>())
    }

    #[test]
    fn browsers_say_where_a_request_comes_from() {
        let host = ("host", "mbs.example.com:8443");
        for headers in [
            vec![host],
            vec![host, (SITE, "same-origin"), ("origin", "https://mbs.example.com:8443")],
            vec![host, (SITE, "none")],
            vec![host, ("origin", "https://MBS.example.com:8443")],
            vec![
                ("host", "inside:8080"),
                ("x-forwarded-host", "mbs.example.com"),
                ("origin", "https://mbs.example.com"),
            ],
            vec![host, (SITE, "cross-site"), ("authorization", "Bearer mbst_1_x")],
        ] {
            assert!(!of(&headers), "{headers:?}");
        }
        for headers in [
            vec![host, (SITE, "cross-site")],
            vec![host, (SITE, "same-site")],
            vec![host, (SITE, "")],
            vec![host, (SITE, "cross-site"), ("authorization", "Negotiate YII")],
            vec![host, (SITE, "cross-site"), ("origin", "https://mbs.example.com:8443")],
            vec![host, ("origin", "https://evil.example.com")],
            vec![host, ("origin", "https://mbs.example.com")],
            vec![host, ("origin", "null")],
            vec![host, ("origin", "")],
            vec![("origin", "https://")],
        ] {
            assert!(of(&headers), "{headers:?}");
        }
    }
}
