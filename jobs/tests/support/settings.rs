//! Options of the jobs, as they are by default.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use jobs::collect::Patience;
use jobs::webhooks::WebhookSettings;
use jobs::{Settings, build_log};

/// `NUM_CONCURRENT_BUILDS`, how often upkeep looks, and where logs of builds go.
pub fn settings(concurrent_builds: usize, upkeep_interval: Duration, logs: &Path) -> Settings {
    Settings {
        concurrent_builds,
        lease: TimeDelta::seconds(15),
        build_logs: build_log::Settings { folder: logs.to_owned(), name_format: "build-{id}.log".to_owned() },
        patience: Patience {
            failed: TimeDelta::days(180),
            scratch: None,
            retired: None,
            stuck: None,
            stuck_states: Vec::new(),
        },
        gate_interval: TimeDelta::minutes(10),
        upkeep_interval,
        max_retries: 3,
        keep_going: true,
        keep_messages: TimeDelta::days(1),
        webhooks: WebhookSettings {
            allow_private: false,
            timeout: Duration::from_secs(10),
            max_attempts: 1,
            retry: TimeDelta::minutes(1),
        },
        keep_idempotency_keys: TimeDelta::days(1),
        keep_audit: None,
        rpms_repository: String::new(),
        rpms_allow_repository: false,
        rpms_cache: String::new(),
        rpms_allow_cache: false,
        modules_repository: String::new(),
        modules_allow_repository: false,
        max_included_modules: 1,
        max_inclusion_depth: 1,
        allow_name_override: false,
        default_branch: "main".to_owned(),
        arches: vec!["x86_64".to_owned()],
        allow_arch_override: false,
        base_module_arches: BTreeMap::new(),
        base_module_names: vec!["platform".to_owned()],
        expansion: modulemd::expansion::ExpandSettings::default(),
        privileged_module_names: Vec::new(),
        default_modules_repository: String::new(),
        uses_rawhide: false,
        rawhide_branch: "master".to_owned(),
        disttag_prefix: "module_".to_owned(),
        concurrent_lookups: 1,
    }
}
