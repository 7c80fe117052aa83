//! Checks that options of several sections share.

use regex::Regex;

use super::settings::Settings;
use super::value::{Value, shorten};

/// A regular expression that has to match at the beginning of a text.
pub(super) fn anchored(pattern: &str) -> Result<Regex, String> {
    // The pattern by itself first, so that nothing in it can close the group around it.
    Regex::new(pattern)
        .and_then(|_| Regex::new(&format!("^(?:{pattern})")))
        .map_err(|error| format!("`{}` is not a regular expression: {}", shorten(pattern), reason(&error)))
}

/// The last line says what is wrong, those before it draw a picture.
fn reason(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Every item has to be a regular expression.
pub(super) fn check_regexes(value: &Value) -> Result<(), String> {
    value.items().iter().filter_map(Value::as_text).try_for_each(|pattern| anchored(pattern).map(drop))
}

/// The regular expressions of an option that was checked with [`check_regexes`]. They match anywhere in a text.
pub(super) fn regexes(settings: &Settings, name: &str) -> Vec<Regex> {
    settings.list::<Vec<_>>(name).iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
}
