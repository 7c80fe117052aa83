//! What a token looks like, and its hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// By this people and programs that look for leaked secrets recognize a token.
pub const PREFIX: &str = "mbst_";
/// Of 256 random bits in base64.
const SECRET: usize = 43;

/// A token that somebody shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The row that it claims to be.
    pub id: i32,
    secret: &'a str,
}

impl<'a> Token<'a> {
    /// Unless it cannot be one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let good = is_number && secret.len() == SECRET;
        good.then(|| id.parse().ok()).flatten().map(|id| Self { id, secret })
    }

    /// Whether this is the hash of it; takes as long whether it is or not.
    pub fn is_hashed(&self, hash_of_row: &str) -> bool {
        hash(self.secret).as_bytes().ct_eq(hash_of_row.as_bytes()).into()
    }

    /// As its owner gets to see it, once.
    pub fn show(id: i32, secret: &str) -> String {
        format!("{PREFIX}{id}_{secret}")
    }

    /// The secret part of a new one.
    pub fn new_secret() -> Option<String> {
        let mut bytes = [0; 32];
        rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).ok()?;
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// SHA-256 in hexadecimal digits. What is hashed is random, so that nothing slower would be any better.
pub fn hash(secret: &str) -> String {
    format!("{:x}", Sha256::digest(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognized_by_its_hash_only() {
        let (one, other) = (Token::new_secret().unwrap(), Token::new_secret().unwrap());
        assert_ne!(one, other);
        let shown = Token::show(17, &one);
        let token = Token::parse(&shown).unwrap();
        assert_eq!(token.id, 17);
        assert!(token.is_hashed(&hash(&one)));
        assert!(!token.is_hashed(&hash(&other)) && !token.is_hashed("") && !token.is_hashed(&one));
    }

    #[test]
    fn what_cannot_be_one_is_none() {
        let secret = "x".repeat(SECRET);
        for id in ["", "-1", "+1", "99999999999", "1e3", "١"] {
            assert_eq!(Token::parse(&format!("{PREFIX}{id}_{secret}")), None, "{id}");
        }
        for text in ["mbst_", "mbst_1", "mbst_1_", "mbst_1_short"] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
        assert_eq!(Token::parse(&format!("{PREFIX}1_{secret}x")), None);
        assert!(Token::parse(&format!("{PREFIX}1_{secret}")).is_some());
    }
}
