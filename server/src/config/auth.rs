//! Who may do what.
//!
//! Options: `NO_AUTH`, `AUTH_METHOD`, `ALLOWED_GROUPS`, `ALLOWED_USERS`, `ADMIN_GROUPS`, `ALLOWED_GROUPS_TO_IMPORT_MODULE`,
//! `API_TOKEN_MAX_DAYS`, `API_TOKENS_PER_USER`,
//! `KERBEROS_HTTP_HOST`, `LDAP_URI`, `LDAP_GROUPS_DN`. Those of OpenID Connect are in `oidc.rs`.

use std::collections::BTreeSet;

use super::oidc::Oidc;
use super::option::{Definition, Group, Kind};
use super::settings::Settings;
use super::value::Value;

pub(super) const GROUP: Group = Group { title: "Authentication", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "NO_AUTH",
        Kind::Bool,
        "false",
        "Nobody has to say who they are. Only for a machine that nobody else reaches.",
    ),
    Definition::new("AUTH_METHOD", Kind::Choice(&["oidc", "kerberos"]), "oidc", "How clients say who they are."),
    Definition::new(
        "ALLOWED_GROUPS",
        Kind::List,
        "[packager]",
        "Groups whose members may submit builds and cancel their own.",
    ),
    Definition::new("ALLOWED_USERS", Kind::List, "[]", "Users who may do so without being in a group."),
    Definition::new("ADMIN_GROUPS", Kind::List, "[]", "Groups whose members may cancel everybody's builds."),
    Definition::new(
        "ALLOWED_GROUPS_TO_IMPORT_MODULE",
        Kind::List,
        "[]",
        "Groups whose members may import modules; empty switches importing off.",
    ),
    Definition::new(
        "API_TOKEN_MAX_DAYS",
        Kind::Int(1, 3650),
        "365",
        "Days that an API token may be good for. It keeps the groups that its owner was last seen with.",
    ),
    Definition::new(
        "API_TOKENS_PER_USER",
        Kind::Int(0, 10_000),
        "20",
        "API tokens that a user may have; 0 switches them off.",
    ),
    Definition::new(
        "KERBEROS_HTTP_HOST",
        Kind::Text,
        "",
        "Host name in the service principal `HTTP/…`; empty is the name of this machine.",
    ),
    Definition::new(
        "LDAP_URI",
        Kind::Text,
        "",
        "Directory that knows the groups of users who come with Kerberos, `ldap://…` or `ldaps://…`.",
    )
    .checked(check_ldap),
    Definition::new("LDAP_GROUPS_DN", Kind::Text, "", "Distinguished name of the folder that holds the groups."),
];

fn check_ldap(value: &Value) -> Result<(), String> {
    let text = value.as_text().unwrap_or_default();
    let host = text.strip_prefix("ldap://").or_else(|| text.strip_prefix("ldaps://"));
    if text.is_empty() || host.is_some_and(|host| !host.is_empty()) {
        Ok(())
    } else {
        Err("it has to begin with ldap:// or ldaps://".to_owned())
    }
}

/// Who may do what.
#[derive(Clone, Debug)]
pub struct Auth {
    /// `NO_AUTH`.
    pub no_auth: bool,
    /// `AUTH_METHOD`.
    pub method: AuthMethod,
    /// `ALLOWED_GROUPS`.
    pub allowed_groups: BTreeSet<String>,
    /// `ALLOWED_USERS`.
    pub allowed_users: BTreeSet<String>,
    /// `ADMIN_GROUPS`.
    pub admin_groups: BTreeSet<String>,
    /// `ALLOWED_GROUPS_TO_IMPORT_MODULE`; importing is off where it is empty.
    pub allowed_groups_to_import_module: BTreeSet<String>,
    /// How tokens are checked.
    pub oidc: Oidc,
    /// `API_TOKEN_MAX_DAYS`.
    pub api_token_max_days: i64,
    /// `API_TOKENS_PER_USER`.
    pub api_tokens_per_user: u64,
    /// `KERBEROS_HTTP_HOST`.
    pub kerberos_http_host: Option<String>,
    /// `LDAP_URI`.
    pub ldap_uri: Option<String>,
    /// `LDAP_GROUPS_DN`.
    pub ldap_groups_dn: Option<String>,
}

/// How clients say who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    /// Bearer tokens (`OpenID Connect`).
    Oidc,
    /// Kerberos tickets, groups from LDAP.
    Kerberos,
}

impl AuthMethod {
    /// All methods.
    pub const ALL: [Self; 2] = [Self::Oidc, Self::Kerberos];

    /// Its name in the configuration and in the `about` resource.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Kerberos => "kerberos",
        }
    }
}

impl Auth {
    pub(super) fn new(settings: &Settings) -> Self {
        let kerberos = settings.text("AUTH_METHOD") == AuthMethod::Kerberos.name();
        Self {
            no_auth: settings.flag("NO_AUTH"),
            method: if kerberos { AuthMethod::Kerberos } else { AuthMethod::Oidc },
            allowed_groups: settings.list("ALLOWED_GROUPS"),
            allowed_users: settings.list("ALLOWED_USERS"),
            admin_groups: settings.list("ADMIN_GROUPS"),
            allowed_groups_to_import_module: settings.list("ALLOWED_GROUPS_TO_IMPORT_MODULE"),
            oidc: Oidc::new(settings),
            api_token_max_days: i64::try_from(settings.number("API_TOKEN_MAX_DAYS")).unwrap_or(i64::MAX),
            api_tokens_per_user: settings.number("API_TOKENS_PER_USER"),
            kerberos_http_host: settings.given("KERBEROS_HTTP_HOST"),
            ldap_uri: settings.given("LDAP_URI"),
            ldap_groups_dn: settings.given("LDAP_GROUPS_DN"),
        }
    }
}
