//! What `mbs-manager config check` prints.

use std::fmt::Write as _;

use super::Config;
use super::option::Definition;
use super::settings::Source;
use super::table::options;
use super::value::Value;

/// Every option that is not at its default, with its source; then those that have no effect. Passwords are left out.
pub fn check_report(config: &Config) -> String {
    let given = options().filter(|option| differs(config, option));
    let (ignored, in_force): (Vec<_>, Vec<_>) = given.partition(|option| option.ignored.is_some());
    let mut report = format!("Configuration: {}\n", config.origin);
    if in_force.is_empty() {
        report.push_str("\nAll options are at their defaults.\n");
    } else {
        report.push_str("\nOptions that are not at their defaults:\n");
        for option in in_force {
            line(&mut report, config, option, "");
        }
    }
    if !ignored.is_empty() {
        report.push_str("\nOptions without effect:\n");
        for option in ignored {
            line(&mut report, config, option, option.ignored.unwrap_or_default());
        }
    }
    report
}

/// An option without effect counts as soon as somebody wrote it down.
fn differs(config: &Config, option: &Definition) -> bool {
    let (value, source) = config.settings.get(option.name);
    let default = Value::read_text(option, option.default);
    *source != Source::Default && (option.ignored.is_some() || default.as_ref() != Ok(value))
}

fn line(report: &mut String, config: &Config, option: &Definition, remark: &str) {
    let (value, source) = config.settings.get(option.name);
    let (name, value) = (option.name, value.shown(option.secrecy));
    let remark = if remark.is_empty() { String::new() } else { format!(": {remark}") };
    let _infallible = writeln!(report, "  {name} = {value}  ({source}){remark}");
}
