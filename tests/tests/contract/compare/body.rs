//! Bodies.

use serde_json::{Value, json};

use super::difference::first_difference;
use super::{Comparison, leaks, links, order};

/// Lists without an order.
const UNORDERED: [&str; 4] = ["component_builds", "siblings", "virtual_streams", "base_module_buildrequires"];

/// Compares a recorded body with ours.
pub fn compare(of: &Comparison, theirs: &Value, ours: &Value) -> Result<(), String> {
    let (mut theirs, mut ours) = (theirs.clone(), ours.clone());
    of.ids.translate(&mut theirs);
    for body in [&mut theirs, &mut ours] {
        of.case.volatile.iter().for_each(|path| remove(body, path));
        normalize(body);
        links::normalize(body);
    }
    links::keep_repeated(&mut theirs, &of.case.query());
    if of.case.path.contains("/component-builds/") {
        name_component_states(&mut theirs);
    }
    if of.case.volatile.iter().any(|part| part == leaks::MARK) {
        return leaks::compare(&theirs, &ours, &of.received.secret);
    }
    order::align(of, &mut theirs, &mut ours)?;
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

/// Sorts what has no order.
pub fn normalize(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, member) in object {
                normalize(member);
                if let Value::Array(list) = member
                    && UNORDERED.contains(&key.as_str())
                {
                    list.sort_by_key(ToString::to_string);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(normalize),
        _ => {}
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
