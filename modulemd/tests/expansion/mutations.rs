//! Records that are changed a little, each of which a comparison has to notice.

use serde_json::{Value, json};

/// Refusals of which only the status counts.
const STATUS_ONLY: [&str; 6] = [
    "solver: conflicting buildrequires",
    "solver: other problem",
    "libmodulemd error on emit/convert",
    "unhandled TypeError",
    "unhandled KeyError",
    "modulemd parse",
];

/// All changes of one recorded case, with what was changed. None where the record itself leaves a choice: it has alternatives, or
/// holds a build twice.
pub fn changed(case: &Value, fields: &[&str]) -> Vec<(String, Value)> {
    let builds: Vec<_> = case["result"].as_array().into_iter().flatten().collect();
    let is_repeated = builds.iter().enumerate().any(|(place, build)| builds[..place].contains(build));
    if case.get("alternatives").is_some() || is_repeated {
        return Vec::new();
    }
    match case.get("error") {
        Some(error) => changed_error(case, error),
        None => changed_result(case, fields),
    }
}

fn changed_error(case: &Value, error: &Value) -> Vec<(String, Value)> {
    let mut changes = vec![with(case, "/error/status", json!(418))];
    if !STATUS_ONLY.contains(&error["kind"].as_str().unwrap_or_default()) {
        changes.push(with(case, "/error/message", json!("something else")));
    }
    let mut success = case.clone();
    success.as_object_mut().expect("a case").remove("error");
    success["result"] = json!([]);
    changes.push(("no refusal".to_owned(), success));
    changes
}

fn changed_result(case: &Value, fields: &[&str]) -> Vec<(String, Value)> {
    let mut changes: Vec<_> =
        fields.iter().map(|field| with(case, &format!("/result/0/{field}"), json!("something else"))).collect();
    let builds = case["result"].as_array().expect("builds");
    let mut more = builds[0].clone();
    more["context"] = json!("ffffffff");
    changes.push(with(case, "/result", builds.iter().cloned().chain([more]).collect()));
    let is_last = |build: &&Value| builds.last().is_some_and(|last| last["context"] != build["context"]);
    changes.push(with(case, "/result", builds.iter().filter(is_last).cloned().collect()));
    let mut refused = case.clone();
    refused.as_object_mut().expect("a case").remove("result");
    refused["error"] = json!({"status": 400, "message": "refused", "kind": "dashes"});
    changes.push(("a refusal".to_owned(), refused));
    changes
}

fn with(case: &Value, pointer: &str, value: Value) -> (String, Value) {
    let mut changed = case.clone();
    *changed.pointer_mut(pointer).expect("it is there") = value;
    (pointer.to_owned(), changed)
}
