//! `ETag` and `If-None-Match`: a client that shows what it has been given before is told that nothing has changed (RFC 9110,
//! sections 8.8 and 13.1.2).
//!
//! A tag is made of the number of the last change and of a hash of everything else that makes the answer: the URL, the address
//! under which the client sees the service, and [`REPRESENTATION`]. Tags are weak: two answers with the same tag say the same, but
//! need not be the same bytes.

use bytes::Bytes;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{FromRequest, Request, RequestBody, Response, Result};
use sha2::{Digest as _, Sha256};

use super::answer;
use super::cache::Cache;
use super::origin::Origin;

/// What is shown of a row, in one number; to be raised with every change of a body, so that clients ask for it anew.
const REPRESENTATION: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// Headers that a body depends on, as it holds URLs.
const VARY: &str = "X-Forwarded-Host, X-Scheme, X-Script-Name";

/// What a request says about answers that its client has.
pub struct Validator {
    hash: String,
    if_none_match: Vec<String>,
}

/// What an answer is recognized by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(String);

impl Validator {
    /// The tag of the answer to this request as of a change.
    pub fn tag(&self, revision: i64) -> Tag {
        Tag(format!("{revision:x}-{}", self.hash))
    }

    /// The tag of an answer that depends on nothing but its own text.
    pub fn tag_of_text(&self, text: &str) -> Tag {
        Tag(format!("{}-{}", hash([text]), self.hash))
    }

    /// Whether the client has the answer with this tag. Of two answers, both of which may be weak, only the tags count.
    pub fn has(&self, tag: &Tag) -> bool {
        self.if_none_match.iter().any(|value| matches(value, &tag.0))
    }

    /// "Nothing has changed", if the client has the answer as of this change; or the answer, if it was made before.
    pub fn known(&self, cache: &Cache, revision: i64) -> Option<Response> {
        let tag = self.tag(revision);
        if self.has(&tag) {
            return Some(tag.not_modified());
        }
        let body = cache.answer(&self.hash, revision)?;
        Some(tag.put_on(answer::text(StatusCode::OK, body)))
    }

    /// A new answer, made after `revision` was read; it is kept for whoever asks the same.
    pub fn answer(&self, cache: &Cache, revision: i64, body: String) -> Response {
        let body = Bytes::from(body);
        cache.keep_answer(&self.hash, revision, body.clone());
        self.tag(revision).put_on(answer::text(StatusCode::OK, body))
    }
}

impl Tag {
    /// 304.
    pub fn not_modified(&self) -> Response {
        self.put_on(Response::builder().status(StatusCode::NOT_MODIFIED).finish())
    }

    /// The answer with its tag. Others may keep it, but have to ask every time whether it has changed.
    pub fn put_on(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{}\"", self.0)) {
            headers.insert(header::ETAG, tag);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static(VARY));
        response
    }
}

impl<'a> FromRequest<'a> for Validator {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let origin = request.data::<Origin>().map(|origin| origin.url("")).unwrap_or_default();
        let uri = request.uri();
        let hash = hash([REPRESENTATION, &origin, uri.path(), uri.query().unwrap_or_default()]);
        let values = request.headers().get_all(header::IF_NONE_MATCH).iter();
        let if_none_match = values.filter_map(|value| value.to_str().ok()).filter(|value| !value.trim().is_empty());
        let if_none_match = if_none_match.map(str::to_owned).collect();
        Ok(Self { hash, if_none_match })
    }
}

fn hash<const N: usize>(parts: [&str; N]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let start = hash.finalize().iter().take(16).fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
    format!("{start:032x}")
}

/// Whether a value of `If-None-Match` names a tag: `*`, or a list of tags of which some may be weak. What is neither names none.
fn matches(value: &str, tag: &str) -> bool {
    let value = value.trim();
    if value == "*" {
        return true;
    }
    let mut rest = value;
    let mut found = false;
    while !rest.is_empty() {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some(quoted) = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"') else { return found };
        let Some((one, after)) = quoted.split_once('"') else { return found };
        found |= one == tag;
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_in_lists() {
        for value in
            ["\"a-1\"", "W/\"a-1\"", "*", " * ", "\"x\", W/\"a-1\"", "\"x\",\"a-1\",", ", \"a-1\"", "\"a-1\" ,\"b\""]
        {
            assert!(matches(value, "a-1"), "{value}");
        }
        for value in [
            "",
            "a-1",
            "\"a\"",
            "\"a-1",
            "w/\"a-1\"",
            "W\"a-1\"",
            "\"*\"",
            "*, *",
            "\"x\" y \"a-1\"",
            "\"a,-1\"",
            "€",
            ",",
        ] {
            assert!(!matches(value, "a-1"), "{value}");
        }
    }

    #[test]
    fn parts_do_not_run_into_one_another() {
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
        assert_eq!(hash(["ab"]).len(), 32);
    }
}
