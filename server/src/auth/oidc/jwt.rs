//! Signed tokens (JWT): checked with the provider's public keys, without asking it.
//!
//! The signature has to be of an algorithm of `OIDC_ALGORITHMS` (all of them with a public key: what the provider publishes can never
//! be used to sign) and of a key that the provider publishes. A key that is not known may be new: the keys are fetched again, not too
//! often.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    ClaimsVerificationError, ClientId, EmptyAdditionalClaims, IdToken, IssuerUrl, SignatureVerificationError,
};
use serde_json::{Map, Value};

use super::Refusal;
use super::claims::Claims;
use super::provider::Provider;
use crate::config;

type Token =
    IdToken<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// What `typ` of a header may say; ID tokens of some providers say nothing else than access tokens do, and lack the scopes.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// Whether this has the parts of a signed token.
pub fn looks_like_one(token: &str) -> bool {
    token.split('.').count() == 3 && part(token, 0).is_some_and(|header| header.contains_key("alg"))
}

/// What a token says, if its signature, issuer, audience and time are right.
pub async fn verified(
    provider: &Provider,
    config: &config::Oidc,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Claims, Refusal> {
    check_type(token)?;
    let parsed = Token::from_str(token).map_err(|_| Refusal::invalid("it is no token"))?;
    let places = provider.places().await?;
    let issuer = places.issuer.as_ref().ok_or_else(|| Refusal::invalid("it is not known who signs tokens"))?;
    let keys = provider.keys(&places).await?;
    let check = |keys: &CoreJsonWebKeySet| check(&parsed, config, issuer, keys, now);
    match check(&keys) {
        Err(error) if is_unknown_key(&error) => {
            let newer = provider.newer_keys(&places, &keys).await?;
            let newer = newer.ok_or_else(|| Refusal::invalid("nobody knows its key, and too many asked"))?;
            check(&newer).map_err(Refusal::invalid)?;
        }
        checked => checked.map_err(Refusal::invalid)?,
    }
    // The signature covers the text, so that what is read again is what was checked.
    let claims = part(token, 1).map(Claims).ok_or_else(|| Refusal::invalid("it says nothing"))?;
    let audience = config.audience_or(provider.client().map(|client| client.id.as_str()));
    if claims.is_for(&audience) { Ok(claims) } else { Err(Refusal::invalid("it is for somebody else")) }
}

fn check_type(token: &str) -> Result<(), Refusal> {
    let header = part(token, 0).ok_or_else(|| Refusal::invalid("it has no header"))?;
    match header.get("typ") {
        None => Ok(()),
        Some(Value::String(kind)) if TYPES.contains(&kind.to_ascii_lowercase().as_str()) => Ok(()),
        Some(other) => Err(Refusal::invalid(format!("it is a token of the type {other}"))),
    }
}

fn check(
    token: &Token,
    config: &config::Oidc,
    issuer: &IssuerUrl,
    keys: &CoreJsonWebKeySet,
    now: DateTime<Utc>,
) -> Result<(), ClaimsVerificationError> {
    // The audience is compared by the caller: it is this service, not the client that the token was made for.
    let client = ClientId::new(String::new());
    let verifier = CoreIdTokenVerifier::new_public_client(client, issuer.clone(), keys.clone())
        .set_allowed_algs(algorithms(&config.algorithms))
        .allow_all_jose_types()
        .require_audience_match(false)
        .set_time_fn(move || now);
    let no_nonce = |_: Option<&openidconnect::Nonce>| Ok(());
    token.claims(&verifier, no_nonce).map(|_| ())
}

fn algorithms(names: &[String]) -> Vec<CoreJwsSigningAlgorithm> {
    let known = |name: &String| serde_json::from_value(Value::String(name.clone())).ok();
    names.iter().filter_map(known).collect()
}

fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(error, ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
}

/// Header or payload.
fn part(token: &str, number: usize) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(number)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}
