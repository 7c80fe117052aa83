//! What a request published.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::body::normalize;
use super::difference::first_difference;
use crate::ids::{Ids, nsvc};
use crate::messages::Message;

/// Times differ from run to run; whether there is one does not.
const TIMES: [&str; 3] = ["time_submitted", "time_modified", "time_completed"];

/// Compares messages. Those about one build have an order, the builds of one submission have none.
pub fn compare(ids: &Ids, theirs: &[Message], ours: &[Message]) -> Result<(), String> {
    if theirs.len() != ours.len() {
        return Err(format!("{} messages instead of {}", ours.len(), theirs.len()));
    }
    let mut theirs = theirs.to_vec();
    for message in &mut theirs {
        ids.translate(&mut message.body);
    }
    let (theirs, ours) = (comparable(&theirs), comparable(ours));
    theirs
        .iter()
        .zip(&ours)
        .enumerate()
        .try_for_each(|(index, (theirs, ours))| first_difference(&format!("message {}", index + 1), theirs, ours))
}

fn comparable(messages: &[Message]) -> Vec<Value> {
    let told: BTreeSet<_> = messages.iter().filter_map(|message| message.body["id"].as_i64()).collect();
    let mut messages: Vec<_> = messages.iter().map(|message| stable(message, &told)).collect();
    messages.sort_by_key(|message| nsvc(&message["msg"]).map(|parts| parts.map(str::to_owned)));
    messages
}

/// A message without what depends on the time, or on the order of the builds of a submission: the first of them does not know of
/// the second.
fn stable(message: &Message, told: &BTreeSet<i64>) -> Value {
    let mut body = message.body.clone();
    for name in TIMES {
        if body.get(name).is_some_and(|time| !time.is_null()) {
            body[name] = json!("a time");
        }
    }
    if let Some(siblings) = body.get_mut("siblings").and_then(Value::as_array_mut) {
        siblings.retain(|id| id.as_i64().is_none_or(|id| !told.contains(&id)));
    }
    normalize(&mut body);
    json!({ "topic": message.topic, "msg": body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: i64, context: &str, state: i64) -> Message {
        let body = json!({"id": id, "name": "n", "stream": "s", "version": "v", "context": context, "state": state,
                          "siblings": [], "time_submitted": format!("{id}")});
        Message { topic: "module.state.change".to_owned(), body }
    }

    #[test]
    fn builds_have_no_order_but_their_states_have() {
        let ids = Ids::default();
        let recorded = [message(1, "a", 0), message(1, "a", 4), message(2, "b", 0)];
        let mixed = [message(2, "b", 0), message(1, "a", 0), message(1, "a", 4)];
        assert_eq!(compare(&ids, &recorded, &mixed), Ok(()));
        let backwards = [message(1, "a", 4), message(1, "a", 0), message(2, "b", 0)];
        compare(&ids, &recorded, &backwards).unwrap_err();
        compare(&ids, &recorded, &mixed[1..]).unwrap_err();
    }
}
