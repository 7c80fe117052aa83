//! Status and headers.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::json;

use super::difference::short;
use crate::exchange::Answer;

/// Headers that count.
const HEADERS: [&str; 5] = ["content-type", "access-control-allow-origin", "location", "allow", "www-authenticate"];

/// Compares status and headers. An error that was a page of HTML is a JSON error now, with the same status.
pub fn compare(recorded: &Answer, ours: &Answer) -> Result<(), String> {
    if recorded.status != ours.status {
        let body = ours.body.as_ref().map(short).unwrap_or_default();
        return Err(format!("status {} instead of {} {body}", ours.status, recorded.status));
    }
    let was_page = recorded.status >= 400 && recorded.body.is_none();
    for name in HEADERS {
        if was_page && name == "content-type" {
            continue;
        }
        header(name, recorded, ours)?;
    }
    if was_page { is_error(ours, recorded.status, None) } else { Ok(()) }
}

fn header(name: &str, recorded: &Answer, ours: &Answer) -> Result<(), String> {
    let (theirs, ours) = (recorded.headers.get(name), ours.headers.get(name));
    let same = match (name, theirs, ours) {
        ("allow", Some(theirs), Some(ours)) => methods(theirs) == methods(ours),
        _ => theirs == ours,
    };
    let text = |value: Option<&String>| value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"));
    if same { Ok(()) } else { Err(format!("header {name}: {} instead of {}", text(ours), text(theirs))) }
}

fn methods(allow: &str) -> BTreeSet<&str> {
    allow.split(',').map(str::trim).collect()
}

/// Whether an answer is an error with this status: `{error, message, status}`.
pub fn is_error(ours: &Answer, status: u16, message: Option<&str>) -> Result<(), String> {
    let body = ours.body.clone().unwrap_or_default();
    if ours.status != status {
        return Err(format!("status {} instead of {status} {}", ours.status, short(&body)));
    }
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let text = body["message"].as_str().filter(|text| !text.is_empty());
    let expected = json!({ "error": reason, "message": message.or(text), "status": status });
    if text.is_none() || body != expected {
        return Err(format!("{} instead of {}", short(&body), short(&expected)));
    }
    match ours.headers.get("content-type").map(String::as_str) {
        Some("application/json") => Ok(()),
        other => Err(format!("header content-type: {other:?} instead of \"application/json\"")),
    }
}
