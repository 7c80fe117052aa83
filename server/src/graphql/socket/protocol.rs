//! What is said on a websocket.

use poem::http::{HeaderMap, header};
use serde_json::{Value, json};

/// How a client and the service talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `graphql-transport-ws`.
    Transport,
    /// `graphql-ws`, the older one.
    Older,
}

/// What a client says.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// The first thing, with what says who it is.
    Init(Value),
    /// A subscription under an id that the client has chosen.
    Subscribe(String, Value),
    /// The end of one.
    Complete(String),
    /// Asks for a [`Protocol::pong`].
    Ping(Value),
    /// The answer to one of ours.
    Pong,
    /// The end of all.
    Terminate,
}

/// Why a connection is closed, with a code that clients know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// Code of the close frame.
    pub code: u16,
    /// For people, at most 123 bytes.
    pub reason: String,
}

impl Leave {
    /// With this code.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into();
        while reason.len() > 123 {
            reason.pop();
        }
        Self { code, reason }
    }

    /// What was said is no message of the protocol.
    pub fn nonsense(why: &str) -> Self {
        Self::new(4400, why)
    }
}

impl Protocol {
    /// The first that both know.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
        offered.flat_map(|names| names.split(',')).find_map(|name| match name.trim() {
            "graphql-transport-ws" => Some(Self::Transport),
            "graphql-ws" => Some(Self::Older),
            _ => None,
        })
    }

    /// Its name in `Sec-WebSocket-Protocol`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transport => "graphql-transport-ws",
            Self::Older => "graphql-ws",
        }
    }

    /// Reads what a client says.
    pub fn read(self, text: &str) -> Result<Said, Leave> {
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return Err(Leave::nonsense("A message is a JSON object"));
        };
        let mut take = |name: &str| message.remove(name).unwrap_or_default();
        let (Value::String(kind), id, payload) = (take("type"), take("id"), take("payload")) else {
            return Err(Leave::nonsense("A message has a type"));
        };
        let id = || match &id {
            Value::String(id) if !id.is_empty() && id.len() <= 100 => Ok(id.clone()),
            _ => Err(Leave::nonsense("The id of a subscription is a text of 1 to 100 bytes")),
        };
        match (self, kind.as_str()) {
            (_, "connection_init") => Ok(Said::Init(payload)),
            (Self::Transport, "subscribe") | (Self::Older, "start") => Ok(Said::Subscribe(id()?, payload)),
            (Self::Transport, "complete") | (Self::Older, "stop") => Ok(Said::Complete(id()?)),
            (Self::Transport, "ping") => Ok(Said::Ping(payload)),
            (Self::Transport, "pong") => Ok(Said::Pong),
            (Self::Older, "connection_terminate") => Ok(Said::Terminate),
            _ => Err(Leave::nonsense(&format!("{} has no message of this type", self.name()))),
        }
    }

    /// The client may subscribe now.
    pub fn ack() -> String {
        json!({ "type": "connection_ack" }).to_string()
    }

    /// The answer to a ping, with what came with it.
    pub fn pong(payload: Value) -> String {
        let mut pong = json!({ "type": "pong" });
        if !payload.is_null() {
            pong["payload"] = payload;
        }
        pong.to_string()
    }

    /// A sign of life, where the protocol has one.
    pub fn alive(self) -> Option<String> {
        (self == Self::Older).then(|| json!({ "type": "ka" }).to_string())
    }

    /// An answer of a subscription.
    pub fn next(self, id: &str, payload: &async_graphql::Response) -> String {
        let kind = if self == Self::Transport { "next" } else { "data" };
        json!({ "type": kind, "id": id, "payload": payload }).to_string()
    }

    /// A subscription that was refused; it has ended.
    pub fn error(self, id: &str, errors: &[async_graphql::ServerError]) -> String {
        let payload = match self {
            Self::Transport => json!(errors),
            Self::Older => json!(errors.first()),
        };
        json!({ "type": "error", "id": id, "payload": payload }).to_string()
    }

    /// A subscription that has ended.
    pub fn complete(id: &str) -> String {
        json!({ "type": "complete", "id": id }).to_string()
    }

    /// What the older protocol says before it closes; the newer has codes for that.
    pub fn farewell(self, leave: &Leave) -> Option<String> {
        let error = json!({ "type": "connection_error", "payload": { "message": leave.reason } });
        (self == Self::Older && leave.code != 1001).then(|| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_either_protocol() {
        let (new, old) = (Protocol::Transport, Protocol::Older);
        let start = |kind: &str| format!(r#"{{"type": "{kind}", "id": "1", "payload": {{"query": "q"}}}}"#);
        let subscribe = || Ok(Said::Subscribe("1".to_owned(), json!({"query": "q"})));
        assert_eq!((new.read(&start("subscribe")), old.read(&start("start"))), (subscribe(), subscribe()));
        assert_eq!(old.read(r#"{"type": "connection_terminate"}"#), Ok(Said::Terminate));
        assert_eq!(new.read(r#"{"type": "ping", "payload": {"a": 1}}"#), Ok(Said::Ping(json!({"a": 1}))));
        let long = format!(r#"{{"type": "subscribe", "id": "{}"}}"#, "x".repeat(101));
        for text in ["", "[]", "{}", "{\"type\": 1}", "{\"type\": \"start\"}", "{\"type\": \"subscribe\"}", &long] {
            assert_eq!(new.read(text).unwrap_err().code, 4400, "{text}");
        }
        assert_eq!(old.read(&start("subscribe")).unwrap_err().code, 4400);
    }

    #[test]
    fn the_first_that_both_know() {
        let of = |names: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("sec-websocket-protocol", names.parse().unwrap());
            Protocol::of(&headers)
        };
        assert_eq!(of("soap, graphql-transport-ws, graphql-ws"), Some(Protocol::Transport));
        assert_eq!(of("graphql-ws"), Some(Protocol::Older));
        assert_eq!(of("soap"), None);
        assert_eq!(Protocol::of(&HeaderMap::new()), None);
    }

    #[test]
    fn reasons_fit_into_a_frame() {
        let leave = Leave::new(4400, "ä".repeat(100));
        assert!(leave.reason.len() <= 123 && leave.reason.starts_with('ä'));
    }
}
