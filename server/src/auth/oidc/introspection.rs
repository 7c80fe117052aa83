//! Opaque tokens: the provider is asked what it says of them.

use poem::http::StatusCode;
use serde_json::Value;

use super::Refusal;
use super::claims::Claims;
use super::provider::Provider;
use crate::config::ClientAuth;

/// What the provider says of a token that is active.
pub async fn introspect(provider: &Provider, token: &str) -> Result<Claims, Refusal> {
    let places = provider.places().await?;
    let (Some(place), Some(client)) = (&places.introspection, provider.client()) else {
        return Err(Refusal::invalid(
            "opaque tokens cannot be checked: there is no introspection, or no client secret",
        ));
    };
    let mut form = vec![("token", token), ("token_type_hint", "Bearer")];
    if client.auth == ClientAuth::Post {
        form.extend([("client_id", client.id.as_str()), ("client_secret", &*client.secret)]);
    }
    let mut request = provider.http.post(place, &form);
    if client.auth == ClientAuth::Basic {
        request = request.basic_auth(escaped(&client.id), Some(escaped(&client.secret)));
    }
    let answer = provider.http.json(request).await?;
    let Some(body) = answer.body else {
        return Err(Refusal::Provider(format!("its introspection answered {} without JSON", answer.status)));
    };
    let error = body.get("error").and_then(Value::as_str);
    if matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || error == Some("invalid_client") {
        let why = error.unwrap_or("no reason given");
        return Err(Refusal::Provider(format!(
            "it refuses this service's client id or secret: {} {why}",
            answer.status
        )));
    }
    if !answer.status.is_success() || body.get("active") != Some(&Value::Bool(true)) {
        return Err(Refusal::invalid("the provider says that it is not active"));
    }
    Ok(Claims(body))
}

/// As RFC 6749 wants names and secrets in the header.
fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
