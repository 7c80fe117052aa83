//! Git: where modules and components may come from.
//!
//! Options: `SCMURLS`, `ALLOW_CUSTOM_SCMURLS`, `SCM_NET_TIMEOUT`, `SCM_NET_RETRY_INTERVAL`, `SCM_CONCURRENT_LOOKUPS`,
//! `MAX_REPOSITORY_BYTES`, `DEFAULT_BRANCH`, `RPMS_DEFAULT_REPOSITORY`, `RPMS_ALLOW_REPOSITORY`, `RPMS_DEFAULT_CACHE`,
//! `RPMS_ALLOW_CACHE`, `MODULES_DEFAULT_REPOSITORY`, `MODULES_ALLOW_REPOSITORY`,
//! `MAX_INCLUDED_MODULES`, `MAX_INCLUSION_DEPTH`.

use std::time::Duration;

use ::scm::AllowList;

use super::folders::Folders;
use super::option::{Definition, Group, Kind};
use super::rest::Rest;
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Git", options: OPTIONS };

/// Shortest time that git gets for one operation. `SCM_NET_TIMEOUT` used to bound only the retries, so small values are common
/// that no busy machine can keep.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(10);

const OPTIONS: &[Definition] = &[
    Definition::new(
        "SCMURLS",
        Kind::List,
        "[https://src.fedoraproject.org/modules/]",
        "Beginnings of the addresses that modules may be submitted from.",
    ),
    Definition::new("ALLOW_CUSTOM_SCMURLS", Kind::Bool, "false", "Modules may be submitted from any address."),
    Definition::new(
        "SCM_NET_TIMEOUT",
        Kind::Int(0, 86400),
        "60",
        "Seconds after which an answer of a git server is no longer waited for, retries included; less than 10 counts as 10.",
    ),
    Definition::new(
        "SCM_NET_RETRY_INTERVAL",
        Kind::Int(0, 86400),
        "15",
        "Most seconds between retries after trouble with the network; the first pauses are shorter.",
    ),
    Definition::new(
        "SCM_CONCURRENT_LOOKUPS",
        Kind::Int(1, 1000),
        "20",
        "Components whose branches are looked up at the same time.",
    ),
    Definition::new(
        "MAX_REPOSITORY_BYTES",
        Kind::Bytes,
        "2G",
        "Most that is fetched from one repository to look something up in it.",
    ),
    Definition::new("DEFAULT_BRANCH", Kind::Text, "master", "Branch of modules and components that name none."),
    Definition::new(
        "RPMS_DEFAULT_REPOSITORY",
        Kind::Text,
        "https://src.fedoraproject.org/rpms/",
        "Where the repositories of components are that name none; the component's name is appended.",
    ),
    Definition::new("RPMS_ALLOW_REPOSITORY", Kind::Bool, "false", "Documents may name the repositories of components."),
    Definition::new(
        "RPMS_DEFAULT_CACHE",
        Kind::Text,
        "http://pkgs.fedoraproject.org/repo/pkgs/",
        "Where the lookaside caches of components are that name none; the component's name is appended.",
    ),
    Definition::new("RPMS_ALLOW_CACHE", Kind::Bool, "false", "Documents may name the lookaside caches of components."),
    Definition::new(
        "MODULES_DEFAULT_REPOSITORY",
        Kind::Text,
        "https://src.fedoraproject.org/modules/",
        "Where the repositories of included modules are; the module's name is appended.",
    ),
    Definition::new(
        "MODULES_ALLOW_REPOSITORY",
        Kind::Bool,
        "false",
        "Documents may name the repositories of included modules; `SCMURLS` has to allow them.",
    ),
    Definition::new(
        "MAX_INCLUDED_MODULES",
        Kind::Int(0, 10_000),
        "100",
        "Most modules that a module may include, those included that its included modules include.",
    ),
    Definition::new("MAX_INCLUSION_DEPTH", Kind::Int(1, 100), "10", "How deep modules may include one another."),
];

/// Where modules and components may come from.
#[derive(Clone, Debug)]
pub struct Scm {
    /// How git is run; `git.allowed` is `SCMURLS` and `ALLOW_CUSTOM_SCMURLS`.
    pub git: ::scm::Settings,
    /// `SCM_CONCURRENT_LOOKUPS`.
    pub concurrent_lookups: usize,
    /// `DEFAULT_BRANCH`.
    pub default_branch: String,
    /// `RPMS_DEFAULT_REPOSITORY`, ends in a slash.
    pub rpms_default_repository: String,
    /// `RPMS_ALLOW_REPOSITORY`.
    pub rpms_allow_repository: bool,
    /// `RPMS_DEFAULT_CACHE`, ends in a slash.
    pub rpms_default_cache: String,
    /// `RPMS_ALLOW_CACHE`.
    pub rpms_allow_cache: bool,
    /// `MODULES_DEFAULT_REPOSITORY`, ends in a slash.
    pub modules_default_repository: String,
    /// `MODULES_ALLOW_REPOSITORY`.
    pub modules_allow_repository: bool,
    /// `MAX_INCLUDED_MODULES`.
    pub max_included_modules: usize,
    /// `MAX_INCLUSION_DEPTH`.
    pub max_inclusion_depth: usize,
}

impl Scm {
    pub(super) fn new(settings: &Settings, folders: &Folders, rest: &Rest) -> Self {
        let (timeout, interval) = (settings.seconds("SCM_NET_TIMEOUT"), settings.seconds("SCM_NET_RETRY_INTERVAL"));
        let longest_pause = interval.as_secs().max(1);
        // The first pauses are shorter than the interval, so there are a few more of them.
        let retries = timeout.as_secs().div_ceil(longest_pause) + u64::from(longest_pause.ilog2());
        let git = ::scm::Settings {
            timeout: timeout.max(SHORTEST_TIMEOUT),
            retry_interval: interval,
            retries: u32::try_from(retries).unwrap_or(u32::MAX),
            max_document_bytes: rest.max_modulemd_bytes as u64,
            max_repository_bytes: settings.number("MAX_REPOSITORY_BYTES"),
            allowed: AllowList { prefixes: settings.list("SCMURLS"), any: settings.flag("ALLOW_CUSTOM_SCMURLS") },
            work_dir: Some(folders.work.join("git")),
        };
        Self {
            git,
            concurrent_lookups: settings.count("SCM_CONCURRENT_LOOKUPS"),
            default_branch: settings.text("DEFAULT_BRANCH"),
            rpms_default_repository: settings.address("RPMS_DEFAULT_REPOSITORY"),
            rpms_allow_repository: settings.flag("RPMS_ALLOW_REPOSITORY"),
            rpms_default_cache: settings.address("RPMS_DEFAULT_CACHE"),
            rpms_allow_cache: settings.flag("RPMS_ALLOW_CACHE"),
            modules_default_repository: settings.address("MODULES_DEFAULT_REPOSITORY"),
            modules_allow_repository: settings.flag("MODULES_ALLOW_REPOSITORY"),
            max_included_modules: settings.count("MAX_INCLUDED_MODULES"),
            max_inclusion_depth: settings.count("MAX_INCLUSION_DEPTH"),
        }
    }
}
