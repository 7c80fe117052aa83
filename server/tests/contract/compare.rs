//! The rules of `tests/contract/README.md`.

use std::collections::BTreeSet;

use modulemd::Limits;
use modulemd::yaml::{Spanned, parse};
use serde_json::{Value, json};

use crate::cases::{Case, Contract};
use crate::order;
use crate::support::Answer;

/// Headers that count.
const HEADERS: [&str; 5] = ["content-type", "access-control-allow-origin", "location", "allow", "www-authenticate"];

/// Lists without an order.
const UNORDERED: [&str; 4] = ["component_builds", "siblings", "virtual_streams", "base_module_buildrequires"];

/// Says what differs, if anything does.
pub fn compare(contract: &Contract, case: &Case, ours: &Answer) -> Result<(), String> {
    if let Some(correction) = contract.corrections.get(&case.id) {
        return corrected(contract, case, correction, ours);
    }
    let recorded = to(contract, case, &case.answer, ours);
    match &case.on_postgresql {
        Some(other) if recorded.is_err() && to(contract, case, other, ours).is_ok() => Ok(()),
        _ => recorded,
    }
}

fn corrected(contract: &Contract, case: &Case, correction: &Value, ours: &Answer) -> Result<(), String> {
    if correction["use"] == "response_postgresql" {
        let recorded = case.on_postgresql.as_ref().unwrap_or(&case.answer);
        return to(contract, case, recorded, ours);
    }
    let status = correction["status"].as_u64().unwrap();
    if u64::from(ours.status) != status {
        return Err(format!("status {} instead of {status}", ours.status));
    }
    let body = ours.body.as_ref().ok_or("the body is no JSON")?;
    match correction.get("message") {
        Some(message) if body["message"] != *message => Err(format!("{} instead of {message}", body["message"])),
        _ if status >= 400 => is_error(body, ours.status),
        _ => Ok(()),
    }
}

fn is_error(body: &Value, status: u16) -> Result<(), String> {
    let keys: BTreeSet<_> = body.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    if keys == BTreeSet::from(["error", "message", "status"]) && body["status"] == json!(status) {
        Ok(())
    } else {
        Err(format!("{body} is no error"))
    }
}

/// Compares with one of the recorded answers.
fn to(contract: &Contract, case: &Case, recorded: &Answer, ours: &Answer) -> Result<(), String> {
    if recorded.status != ours.status {
        let body = ours.body.clone().unwrap_or_default();
        return Err(format!("status {} instead of {}: {body}", ours.status, recorded.status));
    }
    let was_page = recorded.status >= 400 && recorded.body.is_none();
    for name in HEADERS {
        let (theirs, ours) = (recorded.headers.get(name), ours.headers.get(name));
        let theirs =
            if was_page && name == "content-type" { Some("application/json") } else { theirs.map(String::as_str) };
        let same = match (name, theirs, ours) {
            ("allow", Some(theirs), Some(ours)) => methods(theirs) == methods(ours),
            (_, theirs, ours) => theirs == ours.map(String::as_str),
        };
        if !same {
            return Err(format!("{name}: {ours:?} instead of {theirs:?}"));
        }
    }
    match (&recorded.body, &ours.body) {
        (None, Some(body)) if was_page => is_error(body, ours.status),
        (None, _) if case.volatile.contains(&"$body".to_owned()) || !was_page => Ok(()),
        (Some(theirs), Some(ours)) => bodies(contract, case, theirs, ours),
        _ => Err("the body is no JSON".to_owned()),
    }
}

fn methods(allow: &str) -> BTreeSet<&str> {
    allow.split(',').map(str::trim).collect()
}

fn bodies(contract: &Contract, case: &Case, theirs: &Value, ours: &Value) -> Result<(), String> {
    let (mut theirs, mut ours) = (theirs.clone(), ours.clone());
    for body in [&mut theirs, &mut ours] {
        for path in &case.volatile {
            remove(body, path);
        }
        normalize(body);
    }
    keep_repeated(&mut theirs, &case.path);
    if case.path.contains("/component-builds/") {
        name_component_states(&mut theirs);
    }
    if case.volatile.iter().any(|path| path == TEMPORARY) {
        return leaks_nothing(&theirs, &ours);
    }
    order::align(contract, case, &mut theirs, &mut ours)?;
    first_difference("", &theirs, &ours)
}

/// Takes a volatile part out; `[]` is every element.
fn remove(value: &mut Value, path: &str) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (key, is_each) = first.strip_suffix("[]").map_or((first, false), |key| (key, true));
    if rest.is_none() && !is_each {
        if let Some(object) = value.as_object_mut() {
            object.remove(key);
        }
        return;
    }
    let inner = if key.is_empty() { Some(value) } else { value.get_mut(key) };
    match (inner, rest) {
        (Some(Value::Array(list)), Some(rest)) if is_each => list.iter_mut().for_each(|item| remove(item, rest)),
        (Some(inner), Some(rest)) => remove(inner, rest),
        _ => {}
    }
}

/// Sorts what has no order, and makes sets of queries of links.
fn normalize(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, member) in object {
                if UNORDERED.contains(&key.as_str())
                    && let Value::Array(list) = member
                {
                    list.sort_by_key(ToString::to_string);
                }
                if matches!(key.as_str(), "first" | "last" | "prev" | "next")
                    && let Value::String(url) = member
                {
                    *member = link(url);
                }
                normalize(member);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(normalize),
        _ => {}
    }
}

fn link(url: &str) -> Value {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let pairs: BTreeSet<_> = query.split('&').collect();
    json!([address, pairs])
}

/// The correction `links`: they keep every value of a name that the request repeats.
fn keep_repeated(body: &mut Value, path: &str) {
    let pairs: Vec<_> = path.split(['?', '&']).filter_map(|pair| pair.split_once('=')).collect();
    let is_repeated = |name| pairs.iter().filter(|(other, _)| *other == name).count() > 1 && name != "per_page";
    let repeated: BTreeSet<_> = pairs.iter().filter(|(name, _)| is_repeated(*name)).collect();
    for member in ["first", "last", "prev", "next"] {
        let Some(link) = body.pointer_mut(&format!("/meta/{member}/1")).and_then(Value::as_array_mut) else { continue };
        let texts = repeated.iter().map(|(name, value)| json!(format!("{name}={value}")));
        link.extend(texts.filter(|text| !link.contains(text)).collect::<Vec<_>>());
        link.sort_by_key(ToString::to_string);
    }
}

/// Marks messages with a temporary directory in them.
const TEMPORARY: &str = "message~tempdir";

/// The correction `leaks`: such a message is worded anew; any other is the same.
fn leaks_nothing(theirs: &Value, ours: &Value) -> Result<(), String> {
    let message = ours["message"].as_str().unwrap_or_default();
    let leaked = theirs["message"].as_str().is_some_and(|text| text.contains("b'") || text.contains("{TEMPDIR}"));
    match leaked {
        false => first_difference("", theirs, ours),
        true if message.is_empty() || message.contains("b'") => Err(format!("the message is {message:?}")),
        true => Ok(()),
    }
}

/// The correction `component-state-names`.
fn name_component_states(body: &mut Value) {
    const NAMES: [&str; 5] = ["BUILDING", "COMPLETE", "DELETED", "FAILED", "CANCELED"];
    match body {
        Value::Object(object) => {
            if let Some(Value::Array(trace)) = object.get_mut("state_trace") {
                for step in trace {
                    let number = step["state"].as_u64().and_then(|number| usize::try_from(number).ok());
                    step["state_name"] = json!(number.and_then(|number| NAMES.get(number)));
                }
            }
            object.values_mut().for_each(name_component_states);
        }
        Value::Array(list) => list.iter_mut().for_each(name_component_states),
        _ => {}
    }
}

fn first_difference(path: &str, theirs: &Value, ours: &Value) -> Result<(), String> {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            keys.into_iter().try_for_each(|key| {
                let missing = |side: &str| format!("{path}.{key} is only in {side}");
                let theirs = a.get(key).ok_or_else(|| missing("ours"))?;
                first_difference(&format!("{path}.{key}"), theirs, b.get(key).ok_or_else(|| missing("theirs"))?)
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.try_for_each(|(index, (a, b))| first_difference(&format!("{path}[{index}]"), a, b))
        }
        (theirs, ours) if theirs == ours => Ok(()),
        (Value::String(theirs), Value::String(ours)) if path.ends_with(".modulemd") => {
            same_document(path, theirs, ours)
        }
        (theirs, ours) => Err(format!("{path}: {} instead of {}", short(ours), short(theirs))),
    }
}

/// Documents are compared as YAML in which every scalar is text.
fn same_document(path: &str, theirs: &str, ours: &str) -> Result<(), String> {
    let read = |text| parse(text, &Limits::default()).map(|document| as_json(&document));
    let (theirs, ours) = (read(theirs).unwrap(), read(ours).map_err(|error| format!("{path}: {error}"))?);
    first_difference(&format!("{path}:"), &theirs, &ours)
}

fn as_json(node: &Spanned) -> Value {
    match (node.as_map(), node.as_list()) {
        (Some(entries), _) => {
            let members =
                entries.iter().map(|(key, value)| (key.as_text().unwrap_or_default().to_owned(), as_json(value)));
            Value::Object(members.collect())
        }
        (_, Some(items)) => items.iter().map(as_json).collect(),
        _ => json!(node.as_text().unwrap_or_default()),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(300).collect()
}
