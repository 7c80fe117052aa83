//! User info: what the provider says of the user that a token belongs to.

use super::Refusal;
use super::claims::Claims;
use super::provider::Provider;

const UNKNOWN: &str = "OpenIDC auth error: Cannot determine the user's groups";

/// Asks with the user's token. The answer has to be about the user that the token is of.
pub async fn ask(provider: &Provider, token: &str, of_token: &Claims) -> Result<Claims, Refusal> {
    let places = provider.places().await?;
    let Some(place) = &places.user_info else { return Err(Refusal::Token(UNKNOWN.to_owned())) };
    let answer = provider.http.json(provider.http.get(place).bearer_auth(token)).await?;
    let info = match answer.body {
        Some(body) if answer.status.is_success() => Claims(body),
        _ => {
            tracing::warn!(status = %answer.status, "the identity provider gives no user info for a token");
            return Err(Refusal::Token(UNKNOWN.to_owned()));
        }
    };
    match (of_token.subject(), info.subject()) {
        (Some(token), Some(user)) if token != user => Err(Refusal::invalid("user info is about somebody else")),
        _ => Ok(info),
    }
}
