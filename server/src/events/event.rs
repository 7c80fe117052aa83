//! What happened.

use chrono::NaiveDateTime;
use entities::event_filter::Facts;
use entities::feed::Entry;
use serde_json::Value;

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
    /// The event as clients see it, see [`Entry::json`].
    pub json: String,
}

impl From<Entry> for Event {
    fn from(entry: Entry) -> Self {
        let (state, json) = (entry.state(), entry.json());
        Self {
            number: entry.number,
            topic: entry.topic,
            module_build_id: entry.module_build_id,
            owner: entry.owner,
            name: entry.name,
            state,
            time: entry.time_created,
            json,
        }
    }
}

impl Event {
    /// What of it is looked at by a filter.
    pub fn facts(&self) -> Facts<'_> {
        let (owner, name, state) = (self.owner.as_deref(), self.name.as_deref(), self.state.as_deref());
        Facts { owner, name, state, topic: &self.topic, module_build_id: self.module_build_id }
    }

    /// What the message says: for a `module.state.change` the build as REST shows it, for a `component.state.change` the component.
    pub fn body(&self) -> Value {
        let mut event: Value = serde_json::from_str(&self.json).unwrap_or_default();
        event.get_mut("body").map(Value::take).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
