//! The HTTP server, and what may be submitted to it.
//!
//! Options: `HOST`, `PORT`, `LISTEN_ADDRESS`, `MAX_REQUEST_BYTES`, `REQUEST_TIMEOUT`, `REST_CACHE_BYTES`, `MAX_MODULEMD_BYTES`,
//! `YAML_SUBMIT_ALLOWED`, `IDEMPOTENCY_KEEP_HOURS`, `MODULES_ALLOW_SCRATCH`, `SCRATCH_BUILD_ONLY_BRANCHES`,
//! `ALLOW_NAME_OVERRIDE_FROM_SCM`, `ALLOW_STREAM_OVERRIDE_FROM_SCM`, `ALLOW_DASHES_IN_SVC`, `REBUILD_STRATEGY`,
//! `REBUILD_STRATEGY_ALLOW_OVERRIDE`, `REBUILD_STRATEGIES_ALLOWED`, `CHECK_FOR_EOL`, `PDC_URL`, `DEBUG`.

use std::time::Duration;

use regex::Regex;

use super::checks::{check_regexes, regexes};
use super::option::{Definition, Group, Kind};
use super::settings::Settings;
use super::value::Value;

pub(super) const GROUP: Group = Group { title: "Server and submissions", options: OPTIONS };

/// How much is built again when a module changes.
const STRATEGIES: &[&str] = &["changed-and-after", "only-changed", "all"];

const OPTIONS: &[Definition] = &[
    Definition::new("HOST", Kind::OptionalText, "null", "Address or host name to listen at; null is 127.0.0.1."),
    Definition::new("PORT", Kind::Int(0, 65535), "5000", "Port to listen at; 0 is any free one."),
    Definition::new(
        "LISTEN_ADDRESS",
        Kind::Text,
        "",
        "Address and port to listen at, e.g. `0.0.0.0:8080` or `[::]:8080`; stands in for `HOST` and `PORT`.",
    )
    .checked(check_listen_address),
    Definition::new("DEBUG", Kind::Bool, "false", "More talkative answers and logs, for work on the service itself."),
    Definition::new("MAX_REQUEST_BYTES", Kind::Bytes, "16M", "Largest body of a request."),
    Definition::new(
        "REQUEST_TIMEOUT",
        Kind::Int(1, 3600),
        "60",
        "Seconds that the body of a request may take to arrive.",
    ),
    Definition::new(
        "REST_CACHE_BYTES",
        Kind::Bytes,
        "16M",
        "Memory for answers that were made before, per process that serves; 0 makes each answer anew.",
    ),
    Definition::new("MAX_MODULEMD_BYTES", Kind::Bytes, "4M", "Largest module document, submitted or from git."),
    Definition::new(
        "YAML_SUBMIT_ALLOWED",
        Kind::Bool,
        "false",
        "Modules may be submitted as a document instead of the address of one.",
    ),
    Definition::new(
        "IDEMPOTENCY_KEEP_HOURS",
        Kind::Int(1, 8760),
        "24",
        "Hours for which a submission that is repeated with the same `Idempotency-Key` is answered as it was the first time.",
    ),
    Definition::new("MODULES_ALLOW_SCRATCH", Kind::Bool, "false", "Scratch builds may be submitted."),
    Definition::new(
        "SCRATCH_BUILD_ONLY_BRANCHES",
        Kind::List,
        "[]",
        "Regular expressions of branches that only scratch builds may be made from.",
    )
    .checked(check_regexes),
    Definition::new(
        "ALLOW_NAME_OVERRIDE_FROM_SCM",
        Kind::Bool,
        "false",
        "The document may name the module otherwise than its repository is named.",
    ),
    Definition::new(
        "ALLOW_STREAM_OVERRIDE_FROM_SCM",
        Kind::Bool,
        "false",
        "The document may name the stream otherwise than its branch is named.",
    ),
    Definition::new(
        "ALLOW_DASHES_IN_SVC",
        Kind::Bool,
        "false",
        "Streams, versions and contexts may have dashes in them.",
    ),
    Definition::new(
        "REBUILD_STRATEGY",
        Kind::Choice(STRATEGIES),
        "changed-and-after",
        "How much is built again when a module changes, unless the submission says otherwise.",
    ),
    Definition::new(
        "REBUILD_STRATEGY_ALLOW_OVERRIDE",
        Kind::Bool,
        "false",
        "Submissions may choose another rebuild strategy.",
    ),
    Definition::new(
        "REBUILD_STRATEGIES_ALLOWED",
        Kind::Choices(STRATEGIES),
        "[changed-and-after, only-changed, all]",
        "Rebuild strategies that submissions may choose.",
    )
    .checked(check_not_empty),
    Definition::new(
        "CHECK_FOR_EOL",
        Kind::Bool,
        "false",
        "Streams that are past their end of life, according to `PDC_URL`, are refused.",
    ),
    Definition::new(
        "PDC_URL",
        Kind::Text,
        "https://pdc.fedoraproject.org/rest_api/v1",
        "Where the end of life of streams is asked for.",
    ),
];

pub(super) fn check_listen_address(value: &Value) -> Result<(), String> {
    let text = value.as_text().unwrap_or_default();
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    if text.is_empty() || matches!(port, Some(Ok(_))) {
        Ok(())
    } else {
        Err("it has to be an address and a port, such as 0.0.0.0:8080".to_owned())
    }
}

fn check_not_empty(value: &Value) -> Result<(), String> {
    if value.items().is_empty() { Err("at least one rebuild strategy has to be allowed".to_owned()) } else { Ok(()) }
}

/// The HTTP server, and what may be submitted to it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Rest {
    /// `host:port` to listen at.
    pub listen: String,
    /// `DEBUG`.
    pub debug: bool,
    /// `MAX_REQUEST_BYTES`.
    pub max_request_bytes: usize,
    /// `REQUEST_TIMEOUT`.
    pub request_timeout: Duration,
    /// `IDEMPOTENCY_KEEP_HOURS`.
    pub keep_idempotency_keys: Duration,
    /// `REST_CACHE_BYTES`.
    pub cache_bytes: usize,
    /// `MAX_MODULEMD_BYTES`.
    pub max_modulemd_bytes: usize,
    /// `YAML_SUBMIT_ALLOWED`.
    pub yaml_submit_allowed: bool,
    /// `MODULES_ALLOW_SCRATCH`.
    pub modules_allow_scratch: bool,
    /// `SCRATCH_BUILD_ONLY_BRANCHES`; they match anywhere in a branch.
    pub scratch_build_only_branches: Vec<Regex>,
    /// `ALLOW_NAME_OVERRIDE_FROM_SCM`.
    pub allow_name_override_from_scm: bool,
    /// `ALLOW_STREAM_OVERRIDE_FROM_SCM`.
    pub allow_stream_override_from_scm: bool,
    /// `ALLOW_DASHES_IN_SVC`.
    pub allow_dashes_in_svc: bool,
    /// `REBUILD_STRATEGY`.
    pub rebuild_strategy: String,
    /// `REBUILD_STRATEGY_ALLOW_OVERRIDE`.
    pub rebuild_strategy_allow_override: bool,
    /// `REBUILD_STRATEGIES_ALLOWED`.
    pub rebuild_strategies_allowed: Vec<String>,
    /// `PDC_URL`, if `CHECK_FOR_EOL`.
    pub end_of_life_url: Option<String>,
}

impl Rest {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            listen: settings.given("LISTEN_ADDRESS").unwrap_or_else(|| listen(settings)),
            debug: settings.flag("DEBUG"),
            max_request_bytes: settings.count("MAX_REQUEST_BYTES"),
            request_timeout: settings.seconds("REQUEST_TIMEOUT"),
            keep_idempotency_keys: settings.seconds("IDEMPOTENCY_KEEP_HOURS").saturating_mul(3600),
            cache_bytes: settings.count("REST_CACHE_BYTES"),
            max_modulemd_bytes: settings.count("MAX_MODULEMD_BYTES"),
            yaml_submit_allowed: settings.flag("YAML_SUBMIT_ALLOWED"),
            modules_allow_scratch: settings.flag("MODULES_ALLOW_SCRATCH"),
            scratch_build_only_branches: regexes(settings, "SCRATCH_BUILD_ONLY_BRANCHES"),
            allow_name_override_from_scm: settings.flag("ALLOW_NAME_OVERRIDE_FROM_SCM"),
            allow_stream_override_from_scm: settings.flag("ALLOW_STREAM_OVERRIDE_FROM_SCM"),
            allow_dashes_in_svc: settings.flag("ALLOW_DASHES_IN_SVC"),
            rebuild_strategy: settings.text("REBUILD_STRATEGY"),
            rebuild_strategy_allow_override: settings.flag("REBUILD_STRATEGY_ALLOW_OVERRIDE"),
            rebuild_strategies_allowed: settings.list("REBUILD_STRATEGIES_ALLOWED"),
            end_of_life_url: settings.flag("CHECK_FOR_EOL").then(|| settings.text("PDC_URL")),
        }
    }
}

fn listen(settings: &Settings) -> String {
    let host = settings.given("HOST").unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = settings.number("PORT");
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
