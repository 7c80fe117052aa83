//! What happened.

use chrono::NaiveDateTime;
use entities::feed::Entry;
use entities::message::timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// An event of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Number in the feed: grows by one with each event.
    pub number: i64,
    /// E.g. `module.state.change`.
    pub topic: String,
    /// The module build it is about.
    pub module_build_id: Option<i32>,
    /// Owner of that build.
    pub owner: Option<String>,
    /// Name of that module.
    pub name: Option<String>,
    /// Name of the new state, of the module or of the component.
    pub state: Option<String>,
    /// When it was written (UTC).
    pub time: NaiveDateTime,
    /// The event as clients see it, an object of JSON without line breaks:
    /// `{"id": 7, "event_id": "…", "topic": "…", "time": "…", "module_build_id": 42, "owner": "…", "name": "…", "body": {…}}`.
    pub json: String,
}

/// The one member of a body that is looked at.
#[derive(Deserialize)]
struct Body {
    state_name: Option<String>,
}

impl From<Entry> for Event {
    fn from(entry: Entry) -> Self {
        let body: Option<Body> = serde_json::from_str(&entry.body).ok();
        let json = shown(&entry, body.is_some());
        Self {
            number: entry.number,
            topic: entry.topic,
            module_build_id: entry.module_build_id,
            owner: entry.owner,
            name: entry.name,
            state: body.and_then(|body| body.state_name),
            time: entry.time_created,
            json,
        }
    }
}

impl Event {
    /// What the message says: for a `module.state.change` the build as REST shows it, for a `component.state.change` the component.
    pub fn body(&self) -> Value {
        let mut event: Value = serde_json::from_str(&self.json).unwrap_or_default();
        event.get_mut("body").map(Value::take).unwrap_or_default()
    }
}

/// The body is put in as it was written: it is the larger part, and was made by a serializer.
fn shown(entry: &Entry, is_json: bool) -> String {
    let head = json!({
        "id": entry.number,
        "event_id": entry.event_id,
        "topic": entry.topic,
        "time": timestamp(entry.time_created),
        "module_build_id": entry.module_build_id,
        "owner": entry.owner,
        "name": entry.name,
    });
    let mut text = head.to_string();
    text.pop();
    text.push_str(r#","body":"#);
    text.push_str(if is_json { &entry.body } else { "null" });
    text.push('}');
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_shows_the_message_as_it_was_written() {
        let entry = Entry {
            number: 7,
            event_id: "e".to_owned(),
            topic: "component.state.change".to_owned(),
            body: r#"{"package":"a\nb","state_name":"FAILED"}"#.to_owned(),
            module_build_id: Some(3),
            time_created: chrono::DateTime::from_timestamp(1_554_120_000, 0).unwrap().naive_utc(),
            owner: Some("al\"ice".to_owned()),
            name: None,
        };
        let event = Event::from(entry.clone());
        assert_eq!(event.state.as_deref(), Some("FAILED"));
        assert_eq!(event.body(), json!({ "package": "a\nb", "state_name": "FAILED" }));
        let shown: Value = serde_json::from_str(&event.json).unwrap();
        assert_eq!(shown["owner"], "al\"ice");
        assert_eq!(shown["time"], "2019-04-01T12:00:00Z");
        assert!(!event.json.contains('\n'));
        let broken = Event::from(Entry { body: "{".to_owned(), ..entry });
        assert_eq!((broken.state.clone(), broken.body()), (None, Value::Null));
    }
}
