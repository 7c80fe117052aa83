//! The client secrets file that deployments of the Python service have (the format of flask-oidc):
//!
//! ```json
//! {"web": {"client_id": "mbs", "client_secret": "…",
//!          "token_introspection_uri": "https://id.example.com/openidc/TokenInfo",
//!          "userinfo_uri": "https://id.example.com/openidc/UserInfo"}}
//! ```
//!
//! The first entry counts, whatever its name. Other members (`auth_uri`, `token_uri`, `issuer`, …) may be there.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::config::Secret;

/// This service at the provider, and where the provider is.
#[derive(Deserialize)]
pub struct Secrets {
    pub client_id: String,
    #[serde(deserialize_with = "secret")]
    pub client_secret: Secret,
    pub token_introspection_uri: Option<String>,
    pub userinfo_uri: Option<String>,
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::from)
}

/// Reads the file. Errors name the file, and never what is in it.
pub fn read(file: &Path) -> anyhow::Result<Secrets> {
    let shown = file.display();
    let text = std::fs::read(file).with_context(|| format!("cannot read {shown} (OIDC_CLIENT_SECRETS)"))?;
    let all: Map<String, Value> = serde_json::from_slice(&text)
        .map_err(|error| anyhow::anyhow!("{shown} is no JSON object (line {})", error.line()))?;
    let (_, first) = all.into_iter().next().with_context(|| format!("{shown} is empty"))?;
    let missing = |name: &str| first.get(name).and_then(Value::as_str).is_none_or(str::is_empty);
    for name in ["client_id", "client_secret"] {
        ensure!(!missing(name), "{shown} has no `{name}`");
    }
    serde_json::from_value(first).map_err(|_| anyhow::anyhow!("{shown} has members of a wrong type"))
}
