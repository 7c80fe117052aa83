//! Recorded configuration as settings.

use modulemd::expansion::ExpandSettings;
use modulemd::submission::SubmissionSettings;
use regex::Regex;
use serde_json::Value;

/// The settings of one case.
pub struct Config {
    pub submission: SubmissionSettings,
    pub default_branch: String,
    pub allow_dashes: bool,
    pub scratch_only: Vec<Regex>,
}

fn list(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.map(|item| item.as_str().expect("a text").to_owned()).collect()
}

fn regexes(value: &Value) -> Vec<Regex> {
    list(value).iter().map(|pattern| Regex::new(pattern).expect("a pattern")).collect()
}

fn flag(value: &Value, default: bool) -> bool {
    value.as_bool().unwrap_or(default)
}

/// What the case was recorded with; the rest has its defaults.
pub fn settings(config: &Value) -> Config {
    let defaults = ExpandSettings::default();
    let suffixes = config["STREAM_SUFFIXES"].as_object().into_iter().flatten();
    let expansion = ExpandSettings {
        base_module_names: match &config["BASE_MODULE_NAMES"] {
            Value::Null => defaults.base_module_names.clone(),
            names => list(names),
        },
        base_module_stream_exclusions: list(&config["BASE_MODULE_STREAM_EXCLUSIONS"]),
        only_compatible_base_modules: flag(&config["ALLOW_ONLY_COMPATIBLE_BASE_MODULES"], true),
        stream_suffixes: suffixes
            .map(|(pattern, suffix)| (Regex::new(pattern).expect("a pattern"), suffix.as_f64().expect("a number")))
            .collect(),
        ..defaults
    };
    Config {
        submission: SubmissionSettings {
            expansion,
            privileged_module_names: list(&config["ALLOWED_PRIVILEGED_MODULE_NAMES"]),
            modules_allow_repository: flag(&config["MODULES_ALLOW_REPOSITORY"], false),
            br_stream_override_module: config["BR_STREAM_OVERRIDE_MODULE"].as_str().unwrap_or("platform").to_owned(),
            br_stream_override_regexes: regexes(&config["BR_STREAM_OVERRIDE_REGEXES"]),
            ..SubmissionSettings::default()
        },
        default_branch: config["DEFAULT_BRANCH"].as_str().unwrap_or("master").to_owned(),
        allow_dashes: flag(&config["ALLOW_DASHES_IN_SVC"], false),
        scratch_only: regexes(&config["SCRATCH_BUILD_ONLY_BRANCHES"]),
    }
}
