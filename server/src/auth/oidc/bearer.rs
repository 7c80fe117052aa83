//! The token of a request: `Authorization: Bearer …`.

use poem::http::{HeaderMap, header};

use super::INVALID;

/// Longer ones are no tokens; the largest signed ones have 8 kB.
const LONGEST: usize = 16 << 10;

/// The token, or what the client is told.
pub fn token(headers: &HeaderMap) -> Result<&str, String> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let first = given.next().ok_or("No 'authorization' header found.")?;
    if given.next().is_some() {
        return Err("There is more than one 'authorization' header.".to_owned());
    }
    let text = first.to_str().map_err(|_| INVALID)?;
    let token = text.trim().strip_prefix("Bearer ").ok_or("Authorization headers must start with 'Bearer '")?.trim();
    let is_one = token.len() <= LONGEST && token.bytes().all(|byte| byte.is_ascii_graphic());
    if is_one { Ok(token) } else { Err(INVALID.to_owned()) }
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn of(values: &[&'static [u8]]) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        token(&headers).map(str::to_owned)
    }

    #[test]
    fn one_token_in_one_header() {
        assert_eq!(of(&[b"Bearer abc"]).unwrap(), "abc");
        assert_eq!(of(&[b"  Bearer   abc  "]).unwrap(), "abc");
        assert_eq!(of(&[]).unwrap_err(), "No 'authorization' header found.");
        for other in [&b""[..], b"Bearer ", b"Bearer", b"bearer abc", b"Basic abc", b"BearerX"] {
            assert_eq!(of(&[other]).unwrap_err(), "Authorization headers must start with 'Bearer '");
        }
        for bad in [&b"Bearer a b"[..], b"Bearer \xc3\xa4", b"Bearer a\tb"] {
            assert_eq!(of(&[bad]).unwrap_err(), INVALID);
        }
        let long = format!("Bearer {}", "x".repeat(LONGEST + 1));
        assert_eq!(of(&[long.leak().as_bytes()]).unwrap_err(), INVALID);
        assert!(of(&[b"Bearer a", b"Bearer b"]).unwrap_err().contains("more than one"));
    }
}
