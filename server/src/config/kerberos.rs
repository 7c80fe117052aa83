//! Users who come with Kerberos, and proxies that know them already.
//!
//! Options: `KERBEROS_KEYTAB`, `KERBEROS_HTTP_HOST`, `KERBEROS_REALMS`, `REMOTE_USER_HEADER`, `TRUSTED_PROXIES`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use poem::http::HeaderName;

use super::option::{Definition, Group, Kind};
use super::settings::Settings;
use super::value::Value;
use crate::auth::Network;

pub(super) const GROUP: Group = Group { title: "Kerberos and proxies", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "KERBEROS_KEYTAB",
        Kind::Path,
        "",
        "File with the key of the service principal `HTTP/…`; without one the service takes no tickets itself, only names from `REMOTE_USER_HEADER`.",
    ),
    Definition::new(
        "KERBEROS_HTTP_HOST",
        Kind::Text,
        "",
        "Host name in the service principal `HTTP/…`; empty is the name of this machine.",
    ),
    Definition::new(
        "KERBEROS_REALMS",
        Kind::List,
        "[]",
        "Realms whose users may come; empty is the realm of the service principal only.",
    ),
    Definition::new(
        "REMOTE_USER_HEADER",
        Kind::Text,
        "",
        "Header by which proxies in `TRUSTED_PROXIES` name the user (`user@REALM`) whose ticket they have checked; from all others it is ignored. Empty: from all.",
    )
    .checked(check_header),
    Definition::new(
        "TRUSTED_PROXIES",
        Kind::List,
        "[]",
        "Addresses and networks (`10.0.0.0/8`) of proxies before the service, whose `REMOTE_USER_HEADER` and `X-Forwarded-For` are believed.",
    )
    .checked(check_networks),
];

fn check_header(value: &Value) -> Result<(), String> {
    let text = value.as_text().unwrap_or_default();
    match text.parse::<HeaderName>() {
        Ok(_) => Ok(()),
        Err(_) if text.is_empty() => Ok(()),
        Err(_) => Err("it has to be the name of a header, such as X-Remote-User".to_owned()),
    }
}

fn check_networks(value: &Value) -> Result<(), String> {
    let check = |text: &str| text.parse::<Network>().map(drop).map_err(|error| error.to_string());
    value.items().iter().filter_map(Value::as_text).try_for_each(check)
}

/// Users who come with Kerberos, and proxies that know them already.
#[derive(Clone, Debug)]
pub struct Kerberos {
    /// `KERBEROS_KEYTAB`.
    pub keytab: Option<PathBuf>,
    /// `KERBEROS_HTTP_HOST`.
    pub http_host: Option<String>,
    /// `KERBEROS_REALMS`.
    pub realms: BTreeSet<String>,
    /// `REMOTE_USER_HEADER`.
    pub remote_user_header: Option<HeaderName>,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<Network>,
}

impl Kerberos {
    pub(super) fn new(settings: &Settings) -> Self {
        let proxies: Vec<String> = settings.list("TRUSTED_PROXIES");
        Self {
            keytab: settings.path("KERBEROS_KEYTAB"),
            http_host: settings.given("KERBEROS_HTTP_HOST"),
            realms: settings.list("KERBEROS_REALMS"),
            remote_user_header: settings.given("REMOTE_USER_HEADER").and_then(|name| name.parse().ok()),
            trusted_proxies: proxies.iter().filter_map(|text| text.parse().ok()).collect(),
        }
    }
}
