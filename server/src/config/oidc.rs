//! How tokens of an OpenID Connect provider are checked.
//!
//! Options: `OIDC_CLIENT_SECRETS`, `OIDC_REQUIRED_SCOPE`, `OIDC_SCOPES`, `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET`,
//! `OIDC_CLIENT_AUTH`, `OIDC_TOKENS`, `OIDC_AUDIENCE`, `OIDC_ALGORITHMS`, `OIDC_USERNAME_CLAIM`, `OIDC_GROUPS_CLAIM`,
//! `OIDC_CACHE_SECONDS`, `OIDC_CACHE_SIZE`, `OIDC_TIMEOUT`, `OIDC_CLI_CLIENT_ID`, `OIDC_CLI_RESOURCE`.

use std::path::PathBuf;
use std::time::Duration;

use super::option::{Definition, Group, Kind, Secrecy};
use super::settings::{Secret, Settings};
use super::value::Value;

pub(super) const GROUP: Group = Group { title: "OpenID Connect", options: OPTIONS };

/// Signatures that need a private key: what a provider publishes can be used to check them, and never to make them.
const ALGORITHMS: &[&str] = &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

const OPTIONS: &[Definition] = &[
    Definition::new(
        "OIDC_CLIENT_SECRETS",
        Kind::Path,
        "",
        "JSON file with the addresses of the provider and this service's id and secret at it, as flask-oidc has it \
         (docs/AUTHENTICATION.md).",
    ),
    Definition::new("OIDC_REQUIRED_SCOPE", Kind::Text, "", "Scope that a token has to have, beside `OIDC_SCOPES`."),
    Definition::new(
        "OIDC_SCOPES",
        Kind::List,
        "[openid, https://id.fedoraproject.org/scope/groups]",
        "Scopes that a token has to have, whatever service it is for.",
    ),
    Definition::new(
        "OIDC_ISSUER",
        Kind::Text,
        "",
        "Address of the provider. It is asked for its addresses and keys; what the client secrets file says wins.",
    )
    .checked(check_address),
    Definition::new(
        "OIDC_CLIENT_ID",
        Kind::Text,
        "",
        "This service's name at the provider, where there is no client secrets file.",
    ),
    Definition::new(
        "OIDC_CLIENT_SECRET",
        Kind::Text,
        "",
        "This service's secret at the provider, where there is no client secrets file.",
    )
    .secret(Secrecy::Hidden),
    Definition::new(
        "OIDC_CLIENT_AUTH",
        Kind::Choice(&["client_secret_post", "client_secret_basic"]),
        "client_secret_post",
        "How this service shows its secret: in the form, or in a header.",
    ),
    Definition::new(
        "OIDC_TOKENS",
        Kind::Choice(&["any", "opaque", "jwt"]),
        "any",
        "Tokens to accept. `opaque` asks the provider about each; `jwt` checks signed ones here, with the provider's keys; `any` does \
         the latter with signed ones if `OIDC_ISSUER` is set.",
    ),
    Definition::new(
        "OIDC_AUDIENCE",
        Kind::List,
        "[]",
        "What signed tokens for this service have as `aud`, any of these; empty is this service's name at the provider.",
    ),
    Definition::new(
        "OIDC_ALGORITHMS",
        Kind::Choices(ALGORITHMS),
        "[RS256, PS256, ES256, ES384, EdDSA]",
        "Signatures to accept.",
    )
    .checked(check_some),
    Definition::new(
        "OIDC_USERNAME_CLAIM",
        Kind::Text,
        "username",
        "Claim that has the name of the user; it must not be one that users can change.",
    ),
    Definition::new(
        "OIDC_GROUPS_CLAIM",
        Kind::Text,
        "groups",
        "Claim that has the groups of the user, in a signed token or in user info.",
    ),
    Definition::new(
        "OIDC_CACHE_SECONDS",
        Kind::Int(0, 86_400),
        "60",
        "How long a token that was checked is believed without asking again, at most as long as it is valid. Whoever leaves a group, or \
         whose token is revoked, is let in for so long at most.",
    ),
    Definition::new("OIDC_CACHE_SIZE", Kind::Int(1, 1_000_000), "10000", "Tokens that are remembered."),
    Definition::new("OIDC_TIMEOUT", Kind::Int(1, 300), "5", "Seconds that the provider has for an answer."),
    Definition::new(
        "OIDC_CLI_CLIENT_ID",
        Kind::Text,
        "",
        "Name of `mbs-build` at the provider, a public client; `mbs-build login` needs it, and `OIDC_ISSUER`.",
    ),
    Definition::new(
        "OIDC_CLI_RESOURCE",
        Kind::Text,
        "",
        "What `mbs-build login` tells the provider that its token is for, where the provider wants to know (RFC 8707).",
    ),
];

fn check_address(value: &Value) -> Result<(), String> {
    let text = value.as_text().unwrap_or_default();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    if text.is_empty() || host.is_some_and(|host| !host.is_empty()) {
        Ok(())
    } else {
        Err("it has to begin with https:// (or http://)".to_owned())
    }
}

fn check_some(value: &Value) -> Result<(), String> {
    if value.items().is_empty() { Err("it has to name at least one".to_owned()) } else { Ok(()) }
}

/// How tokens are checked.
#[derive(Clone, Debug)]
pub struct Oidc {
    /// `OIDC_CLIENT_SECRETS`.
    pub client_secrets: Option<PathBuf>,
    /// `OIDC_REQUIRED_SCOPE`.
    pub required_scope: Option<String>,
    /// `OIDC_SCOPES`.
    pub scopes: Vec<String>,
    /// `OIDC_ISSUER`.
    pub issuer: Option<String>,
    /// `OIDC_CLIENT_ID`.
    pub client_id: Option<String>,
    /// `OIDC_CLIENT_SECRET`.
    pub client_secret: Option<Secret>,
    /// `OIDC_CLIENT_AUTH`.
    pub client_auth: ClientAuth,
    /// `OIDC_TOKENS`.
    pub tokens: TokenKind,
    /// `OIDC_AUDIENCE`.
    pub audience: Vec<String>,
    /// `OIDC_ALGORITHMS`.
    pub algorithms: Vec<String>,
    /// `OIDC_USERNAME_CLAIM`.
    pub username_claim: String,
    /// `OIDC_GROUPS_CLAIM`.
    pub groups_claim: String,
    /// `OIDC_CACHE_SECONDS`.
    pub cache_time: Duration,
    /// `OIDC_CACHE_SIZE`.
    pub cache_size: usize,
    /// `OIDC_TIMEOUT`.
    pub timeout: Duration,
    /// `OIDC_CLI_CLIENT_ID`.
    pub cli_client_id: Option<String>,
    /// `OIDC_CLI_RESOURCE`.
    pub cli_resource: Option<String>,
}

/// How the service shows its secret to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// In the form.
    Post,
    /// In a header.
    Basic,
}

/// Tokens by how they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Either of the others.
    Either,
    /// The provider is asked.
    Opaque,
    /// They are signed.
    Jwt,
}

impl Oidc {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            client_secrets: settings.path("OIDC_CLIENT_SECRETS"),
            required_scope: settings.given("OIDC_REQUIRED_SCOPE"),
            scopes: settings.list("OIDC_SCOPES"),
            issuer: settings.given("OIDC_ISSUER"),
            client_id: settings.given("OIDC_CLIENT_ID"),
            client_secret: settings.given("OIDC_CLIENT_SECRET").map(Secret::from),
            client_auth: match settings.text("OIDC_CLIENT_AUTH").as_str() {
                "client_secret_basic" => ClientAuth::Basic,
                _ => ClientAuth::Post,
            },
            tokens: match settings.text("OIDC_TOKENS").as_str() {
                "opaque" => TokenKind::Opaque,
                "jwt" => TokenKind::Jwt,
                _ => TokenKind::Either,
            },
            audience: settings.list("OIDC_AUDIENCE"),
            algorithms: settings.list("OIDC_ALGORITHMS"),
            username_claim: settings.text("OIDC_USERNAME_CLAIM"),
            groups_claim: settings.text("OIDC_GROUPS_CLAIM"),
            cache_time: settings.seconds("OIDC_CACHE_SECONDS"),
            cache_size: settings.count("OIDC_CACHE_SIZE"),
            timeout: settings.seconds("OIDC_TIMEOUT"),
            cli_client_id: settings.given("OIDC_CLI_CLIENT_ID"),
            cli_resource: settings.given("OIDC_CLI_RESOURCE"),
        }
    }

    /// `OIDC_AUDIENCE`, or this.
    pub fn audience_or(&self, client: Option<&str>) -> Vec<String> {
        if self.audience.is_empty() { client.map(str::to_owned).into_iter().collect() } else { self.audience.clone() }
    }
}
