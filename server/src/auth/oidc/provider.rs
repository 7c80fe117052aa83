//! Where the provider is, and who this service is to it: from the client secrets file, by discovery, or both.

use std::sync::Arc;

use anyhow::ensure;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, IssuerUrl, JsonWebKeySet, JsonWebKeySetUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::document::Document;
use super::http::Http;
use super::secrets;
use crate::config::{self, ClientAuth, Secret, TokenKind};

/// What of the metadata the OpenID standard does not name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[expect(clippy::struct_field_names, reason = "names of the provider's metadata")]
struct More {
    introspection_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// This service, as the provider knows it.
pub struct Client {
    pub id: String,
    pub secret: Secret,
    pub auth: ClientAuth,
}

/// Addresses at the provider.
pub struct Places {
    pub issuer: Option<IssuerUrl>,
    pub introspection: Option<String>,
    pub user_info: Option<String>,
    jwks: Option<JsonWebKeySetUrl>,
    device: Option<String>,
    authorization: Option<String>,
    token: Option<String>,
    revocation: Option<String>,
}

/// What a client needs to get a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogIn {
    /// Who makes tokens.
    pub issuer: String,
    /// Who the client is to the provider.
    pub client_id: String,
    /// Scopes to ask for.
    pub scopes: Vec<String>,
    /// Whom the token is for, if the provider has to be told (RFC 8707).
    pub resource: Option<String>,
    /// Where a browser goes.
    pub authorization_endpoint: Option<String>,
    /// Where a terminal begins (RFC 8628).
    pub device_authorization_endpoint: Option<String>,
    /// Where tokens come from.
    pub token_endpoint: Option<String>,
    /// Where tokens are given back.
    pub revocation_endpoint: Option<String>,
}

/// The provider.
pub struct Provider {
    pub http: Http,
    issuer: Option<IssuerUrl>,
    client: Option<Client>,
    /// From the file; these win over what is discovered.
    introspection: Option<String>,
    user_info: Option<String>,
    places: Document<Places>,
    keys: Document<CoreJsonWebKeySet>,
}

impl Provider {
    /// Reads the file and checks that nothing is missing.
    pub fn new(config: &config::Oidc, http: Http) -> anyhow::Result<Self> {
        let file = config.client_secrets.as_deref().map(secrets::read).transpose()?;
        let issuer = config.issuer.clone().map(IssuerUrl::new).transpose()?;
        let (introspection, user_info) =
            file.as_ref().map(|file| (file.token_introspection_uri.clone(), file.userinfo_uri.clone())).unzip();
        let (introspection, user_info) = (introspection.flatten(), user_info.flatten());
        let client = match (file, &config.client_id, &config.client_secret) {
            (Some(file), _, _) => Some((file.client_id, file.client_secret)),
            (None, Some(id), Some(secret)) => Some((id.clone(), secret.clone())),
            _ => None,
        };
        let client = client.map(|(id, secret)| Client { id, secret, auth: config.client_auth });
        let addresses = issuer.iter().map(|issuer| issuer.as_str());
        for address in addresses.chain(introspection.as_deref()).chain(user_info.as_deref()) {
            warn_if_open(address);
        }
        let provider =
            Self { http, issuer, client, introspection, user_info, places: Document::new(), keys: Document::new() };
        provider.must_be_complete(config)?;
        Ok(provider)
    }

    fn must_be_complete(&self, config: &config::Oidc) -> anyhow::Result<()> {
        ensure!(
            self.issuer.is_some() || config.client_secrets.is_some(),
            "`AUTH_METHOD: oidc` needs `OIDC_CLIENT_SECRETS`, or `OIDC_ISSUER`; for a service that nobody else reaches \
             there is `NO_AUTH: true`"
        );
        ensure!(
            config.required_scope.is_some(),
            "`AUTH_METHOD: oidc` needs `OIDC_REQUIRED_SCOPE`: the scope that tokens for this service have"
        );
        if self.issuer.is_none() {
            ensure!(config.tokens != TokenKind::Jwt, "`OIDC_TOKENS: jwt` needs `OIDC_ISSUER`");
            ensure!(
                self.introspection.is_some() && self.user_info.is_some(),
                "the file of `OIDC_CLIENT_SECRETS` has to name `token_introspection_uri` and `userinfo_uri`, unless \
                 `OIDC_ISSUER` is set"
            );
        } else if config.tokens != TokenKind::Opaque {
            ensure!(
                !config.audience.is_empty() || self.client.is_some(),
                "`OIDC_ISSUER` needs `OIDC_AUDIENCE`: what signed tokens for this service have as `aud`"
            );
        }
        if config.tokens == TokenKind::Opaque {
            ensure!(
                self.client.is_some(),
                "`OIDC_TOKENS: opaque` needs `OIDC_CLIENT_SECRETS`, or `OIDC_CLIENT_ID` and `OIDC_CLIENT_SECRET`"
            );
        }
        Ok(())
    }

    /// Whether it tells about itself (`OIDC_ISSUER`).
    pub fn is_discovered(&self) -> bool {
        self.issuer.is_some()
    }

    /// Who makes tokens, where that is known.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_ref().map(|issuer| issuer.as_str())
    }

    /// For the log.
    pub fn name(&self) -> &str {
        self.issuer().or(self.introspection.as_deref()).unwrap_or_default()
    }

    /// This service, where it has a secret.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// Addresses at the provider.
    pub async fn places(&self) -> Result<Arc<Places>, Refusal> {
        self.places.get(|| self.find()).await
    }

    async fn find(&self) -> Result<Places, Refusal> {
        let Some(issuer) = &self.issuer else {
            return Ok(Places {
                issuer: None,
                introspection: self.introspection.clone(),
                user_info: self.user_info.clone(),
                jwks: None,
                device: None,
                authorization: None,
                token: None,
                revocation: None,
            });
        };
        let found = Metadata::discover_async(issuer.clone(), &self.http).await;
        let found = found.map_err(|error| Refusal::Provider(format!("discovery failed: {}", causes(&error))))?;
        let more = found.additional_metadata();
        let user_info = found.userinfo_endpoint().map(ToString::to_string);
        Ok(Places {
            issuer: Some(found.issuer().clone()),
            introspection: self.introspection.clone().or_else(|| more.introspection_endpoint.clone()),
            user_info: self.user_info.clone().or(user_info),
            jwks: Some(found.jwks_uri().clone()),
            device: more.device_authorization_endpoint.clone(),
            authorization: Some(found.authorization_endpoint().to_string()),
            token: found.token_endpoint().map(ToString::to_string),
            revocation: more.revocation_endpoint.clone(),
        })
    }

    /// The public keys of the provider.
    pub async fn keys(&self, places: &Places) -> Result<Arc<CoreJsonWebKeySet>, Refusal> {
        self.keys.get(|| self.fetch_keys(places)).await
    }

    /// Newer ones than these.
    pub async fn newer_keys(
        &self,
        places: &Places,
        known: &Arc<CoreJsonWebKeySet>,
    ) -> Result<Option<Arc<CoreJsonWebKeySet>>, Refusal> {
        self.keys.newer(known, || self.fetch_keys(places)).await
    }

    async fn fetch_keys(&self, places: &Places) -> Result<CoreJsonWebKeySet, Refusal> {
        let url = places.jwks.as_ref().ok_or_else(|| Refusal::Provider("it publishes no keys".to_owned()))?;
        let keys = JsonWebKeySet::fetch_async(url, &self.http).await;
        keys.map_err(|error| Refusal::Provider(format!("its keys cannot be fetched: {}", causes(&error))))
    }

    /// What a client needs to get a token.
    pub async fn log_in(&self, config: &config::Oidc) -> Result<Option<LogIn>, Refusal> {
        let (Some(issuer), Some(client_id)) = (self.issuer(), &config.cli_client_id) else { return Ok(None) };
        let places = self.places().await?;
        Ok(Some(LogIn {
            issuer: issuer.to_owned(),
            client_id: client_id.clone(),
            scopes: config.scopes.iter().chain(&config.required_scope).cloned().collect(),
            resource: config.cli_resource.clone(),
            authorization_endpoint: places.authorization.clone(),
            device_authorization_endpoint: places.device.clone(),
            token_endpoint: places.token.clone(),
            revocation_endpoint: places.revocation.clone(),
        }))
    }
}

/// Tokens and the client's secret would be there for all to read.
fn warn_if_open(address: &str) {
    let Ok(url) = reqwest::Url::parse(address) else { return };
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "https" && !matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        tracing::warn!(address, "the identity provider is reached without encryption");
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
