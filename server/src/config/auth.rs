//! Who may do what.
//!
//! Options: `NO_AUTH`, `AUTH_METHOD`, `ALLOWED_GROUPS`, `ALLOWED_USERS`, `ADMIN_GROUPS`, `ALLOWED_GROUPS_TO_IMPORT_MODULE`,
//! `API_TOKEN_MAX_DAYS`, `API_TOKENS_PER_USER`, `MAX_FAILED_LOGINS`, `AUDIT_KEEP_DAYS`. Those of OpenID Connect are in `oidc.rs`,
//! those of Kerberos in `kerberos.rs` and `ldap.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::oidc::Oidc;
use super::option::{Definition, Group, Kind};
use super::settings::Settings;

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
        "MAX_FAILED_LOGINS",
        Kind::Int(0, 1_000_000),
        "20",
        "Credentials from one address that may be wrong within a minute; then it is answered with 429 until the minute is over. 0 is no limit.",
    ),
    Definition::new(
        "AUDIT_KEEP_DAYS",
        Kind::Int(0, 36500),
        "365",
        "Days for which it is kept who changed what; 0 is for ever.",
    ),
];

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
    /// `MAX_FAILED_LOGINS`; 0 is no limit.
    pub max_failed_logins: u32,
    /// `AUDIT_KEEP_DAYS`; none is for ever.
    pub keep_audit: Option<Duration>,
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
            max_failed_logins: u32::try_from(settings.number("MAX_FAILED_LOGINS")).unwrap_or(u32::MAX),
            keep_audit: Some(settings.number("AUDIT_KEEP_DAYS"))
                .filter(|days| *days > 0)
                .map(|days| Duration::from_secs(days * 24 * 60 * 60)),
        }
    }
}
