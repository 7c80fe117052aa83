//! The directory that knows the groups of users who come with Kerberos.
//!
//! Options: `LDAP_URI`, `LDAP_GROUPS_DN`, `LDAP_CA_FILE`, `LDAP_BIND_DN`, `LDAP_BIND_PASSWORD`, `LDAP_TIMEOUT_SECONDS`,
//! `LDAP_CACHE_SECONDS`.

use std::path::PathBuf;
use std::time::Duration;

use super::option::{Definition, Group, Kind, Secrecy};
use super::settings::{Secret, Settings};
use super::value::Value;

pub(super) const GROUP: Group = Group { title: "Directory of groups", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "LDAP_URI",
        Kind::Text,
        "",
        "Directory that knows the groups of users who come with Kerberos, `ldap://…` or `ldaps://…`.",
    )
    .checked(check_uri),
    Definition::new(
        "LDAP_GROUPS_DN",
        Kind::Text,
        "",
        "Distinguished name of the folder that holds the groups; folders in it are not looked into.",
    ),
    Definition::new(
        "LDAP_CA_FILE",
        Kind::Path,
        "",
        "Authorities (PEM) that may have signed the certificate of an `ldaps://` directory; empty is those that the host trusts.",
    ),
    Definition::new(
        "LDAP_BIND_DN",
        Kind::Text,
        "",
        "Whom the service logs in as at the directory; empty where the directory tells groups to everybody.",
    ),
    Definition::new("LDAP_BIND_PASSWORD", Kind::Text, "", "The password of `LDAP_BIND_DN`.").secret(Secrecy::Hidden),
    Definition::new(
        "LDAP_TIMEOUT_SECONDS",
        Kind::Int(1, 300),
        "5",
        "Seconds that the directory may take to answer, connecting included; after them the request is answered with 503.",
    ),
    Definition::new(
        "LDAP_CACHE_SECONDS",
        Kind::Int(0, 86400),
        "60",
        "Seconds for which groups of a user are believed without asking again: who is taken out of a group may use it no longer than this. 0 asks every time.",
    ),
];

fn check_uri(value: &Value) -> Result<(), String> {
    let text = value.as_text().unwrap_or_default();
    let host = text.strip_prefix("ldap://").or_else(|| text.strip_prefix("ldaps://"));
    if text.is_empty() || host.is_some_and(|host| !host.is_empty()) {
        Ok(())
    } else {
        Err("it has to begin with ldap:// or ldaps://".to_owned())
    }
}

/// The directory that knows the groups of users who come with Kerberos.
#[derive(Clone, Debug)]
pub struct Ldap {
    /// `LDAP_URI`.
    pub uri: Option<String>,
    /// `LDAP_GROUPS_DN`.
    pub groups_dn: Option<String>,
    /// `LDAP_CA_FILE`.
    pub ca_file: Option<PathBuf>,
    /// `LDAP_BIND_DN` and `LDAP_BIND_PASSWORD`.
    pub bind: Option<(String, Secret)>,
    /// `LDAP_TIMEOUT_SECONDS`.
    pub timeout: Duration,
    /// `LDAP_CACHE_SECONDS`.
    pub cache: Duration,
}

impl Ldap {
    pub(super) fn new(settings: &Settings) -> Self {
        let password = || Secret::from(settings.text("LDAP_BIND_PASSWORD"));
        Self {
            uri: settings.given("LDAP_URI"),
            groups_dn: settings.given("LDAP_GROUPS_DN"),
            ca_file: settings.path("LDAP_CA_FILE"),
            bind: settings.given("LDAP_BIND_DN").map(|name| (name, password())),
            timeout: settings.seconds("LDAP_TIMEOUT_SECONDS"),
            cache: settings.seconds("LDAP_CACHE_SECONDS"),
        }
    }
}
