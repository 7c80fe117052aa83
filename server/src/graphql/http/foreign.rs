//! Requests that another site could make the browser of a user send, with whatever that browser knows of the user: forms, and anything
//! else without a header for which browsers ask first.

use async_graphql::Error;
use poem::http::{HeaderMap, StatusCode, header};

use super::refusal;

/// Headers that no form has; each will do.
const OWN: [&str; 3] = ["x-requested-with", "graphql-preflight", "apollo-require-preflight"];

/// Why such a request is refused.
pub fn refused(headers: &HeaderMap) -> Option<Error> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "multipart/form-data" {
        return Some(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Files are not uploaded by GraphQL; submit them by REST",
        ));
    }
    if kind == "application/json" || OWN.iter().any(|name| headers.contains_key(*name)) {
        return None;
    }
    let message = "A GraphQL request has the Content-Type application/json, or one of the headers X-Requested-With, GraphQL-Preflight \
                   and Apollo-Require-Preflight";
    Some(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_other_sites_are_refused() {
        let with = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            refused(&headers).is_none()
        };
        for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
            assert!(with(&[("content-type", kind)]), "{kind}");
        }
        for kind in
            ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx", "text/plain; application/json"]
        {
            assert!(!with(&[("content-type", kind)]), "{kind}");
            assert!(with(&[("content-type", kind), ("x-requested-with", "x")]), "{kind}");
        }
        assert!(!with(&[]) && with(&[("graphql-preflight", "1")]));
        assert!(!with(&[("content-type", "multipart/form-data; boundary=x"), ("x-requested-with", "x")]));
    }
}
