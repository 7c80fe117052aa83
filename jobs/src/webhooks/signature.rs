//! What receivers know us by: an HMAC over the time of sending and the body.
//!
//! ```text
//! MBS-Signature: t=1554120000,v1=<HMAC-SHA256 of "1554120000." and the body, in hexadecimal digits>
//! ```
//! The time is part of what is signed, so that a receiver can refuse what somebody recorded and sends again later.

use std::fmt::Write as _;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The header that it is in.
pub const HEADER: &str = "MBS-Signature";

/// The value of the header; `time` is in seconds since 1970.
pub fn signature(secret: &str, time: i64, body: &str) -> String {
    let mut text = format!("t={time},v1=");
    // Keys of any length are good.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(format!("{time}.{body}").as_bytes());
        for byte in mac.finalize().into_bytes() {
            let _never_fails = write!(text, "{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_others_compute() {
        // printf '1554120000.{"id":1}' | openssl dgst -sha256 -hmac 'a secret'
        let expected = "t=1554120000,v1=0910dea604677a6870353ba811db5c72ac9dbeba39d9d289b2e6f8f750f3f76b";
        assert_eq!(signature("a secret", 1_554_120_000, r#"{"id":1}"#), expected);
    }
}
