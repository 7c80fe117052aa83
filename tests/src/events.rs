//! Streams of server-sent events, as a browser reads them.

use reqwest::{Client, Response};
use serde_json::Value;

/// A stream of `…/events`.
#[derive(Debug)]
pub struct Stream {
    response: Response,
    text: String,
    /// The id to resume from.
    pub last: i64,
}

/// An event with data.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Number.
    pub id: i64,
    /// `event:`.
    pub kind: String,
    /// `data:`.
    pub data: Value,
}

impl Stream {
    /// Opens the stream of the service at `base` with this query string; resumes after `last`. Fails with status and body.
    pub async fn open(base: &str, query: &str, last: Option<i64>) -> Result<Self, (u16, Value)> {
        // Installs what speaks TLS, which a client wants although it is not used.
        drop(crate::rest::Rest::new(base.to_owned()));
        let client = Client::builder().no_proxy().build().unwrap();
        let mut request = client.get(format!("{base}/module-build-service/2/events?{query}"));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.map_err(|error| (0, Value::String(error.to_string())))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err((status, response.json().await.unwrap_or_default()));
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self { response, text: String::new(), last: last.unwrap_or(-1) })
    }

    /// The next event that has data, or [`None`] where only the id to resume from has changed; an error at the end of the stream.
    pub async fn next(&mut self) -> Result<Option<Event>, String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                return Ok(self.read(&block));
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.text.push_str(std::str::from_utf8(&chunk).unwrap()),
                Ok(None) => return Err("the stream has ended".to_owned()),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// The next event that has data.
    pub async fn event(&mut self) -> Event {
        loop {
            if let Some(event) = self.next().await.unwrap() {
                return event;
            }
        }
    }

    fn read(&mut self, block: &str) -> Option<Event> {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        if let Some(id) = field("id") {
            self.last = id.parse().unwrap();
        }
        let data = field("data")?;
        let kind = field("event").unwrap_or("message").to_owned();
        Some(Event { id: self.last, kind, data: serde_json::from_str(data).unwrap() })
    }
}
