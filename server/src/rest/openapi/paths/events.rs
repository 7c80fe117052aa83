//! `…/events`.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::events::filter::{TOPICS, states};
use crate::rest::events::{OLDEST_EVENT, PAGE};
use crate::rest::openapi::answers::{Answer, bad_query, no_version, trouble};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::{header, query, repeated};
use crate::rest::openapi::schema::named;

const ABOUT: &str = "Every change of a state of a module or a component, as it happens, as server-sent events: `id` is the number of the \
event, `event` its topic, `data` the event as below. Numbers have no gaps and come in their order; nothing is left out or comes twice. \
Filters of one name are alternatives, those of several names have to match all.\n\nA client that was away sends the number of the last \
event that it has seen as `Last-Event-ID` (browsers do so by themselves), or as `since`, and goes on after it. Without either a stream \
begins now. While nothing happens, a comment comes every 15 seconds (option `EVENTS_HEARTBEAT_SECONDS`), with the number to resume \
from. A client that reads too slowly gets a last event `lost`, whose data say where to resume.\n\nWith `follow=false` the answer is a \
page of what has happened, and ends.";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let number = json!({ "type": "integer", "format": "int64", "minimum": 0 });
    let text = json!({ "type": "string" });
    let filters = [
        repeated("owner", "Only events of builds of this user.", &text),
        repeated("name", "Only events of modules of this name.", &text),
        repeated(
            "state",
            "Only events in which a module or a component gets this state; large and small letters are the same.",
            &json!({ "type": "string", "enum": states() }),
        ),
        repeated("id", "Only events of this module build.", &json!({ "type": "integer", "format": "int32" })),
        repeated("topic", "Only events of this topic.", &json!({ "type": "string", "enum": TOPICS })),
    ];
    let operation = Operation::versioned(Method::GET, "/events", "followEvents", "Service", "Follow what happens");
    let page = format!(
        "Without it a stream that does not end; with `false` a page of at most {PAGE} events, before they are filtered: to read on, ask \
         with `since` of its `meta` until that is `newest`. A page without `since` begins with the oldest."
    );
    let operation = operation
        .about(ABOUT)
        .parameters([
            query("since", "Goes on after the event of this number; 0 is before the first.", &number),
            header("Last-Event-ID", "The same, and counts more.", &number),
            query("follow", &page, &json!({ "type": "boolean", "default": true })),
        ])
        .parameters(filters)
        .example_query("?since=0&state=failed&follow=false")
        .answer(ok())
        .answers([bad_query("\"since\" has to be the number of an event, or 0"), no_version(), gone(), crowded()])
        .answers(trouble());
    vec![operation]
}

fn ok() -> Answer {
    let event = "id: 7\nevent: module.state.change\ndata: {\"id\":7,…}\n\n";
    let meta = json!({ "since": 7, "oldest": 1, "newest": 7 });
    let page = json!({ "items": [examples::event()], "meta": meta });
    Answer::json(StatusCode::OK, "A stream; or a page.", &named("Events"), &page).content(
        "text/event-stream",
        &json!({ "type": "string" }),
        &Value::String(event.to_owned()),
    )
}

fn gone() -> Answer {
    Answer::error(
        StatusCode::GONE,
        "What happened after that event is no longer kept (option `KEEP_MESSAGES_DAYS`).",
        "Events after 0 are no longer kept; the oldest that is has number 41 (since=40)",
    )
    .header(
        OLDEST_EVENT,
        "Number of the oldest event that is kept.",
        &json!({ "type": "string", "pattern": "^[0-9]+$" }),
    )
}

fn crowded() -> Answer {
    Answer::error(
        StatusCode::TOO_MANY_REQUESTS,
        "The client has as many streams as the option `EVENTS_MAX_SUBSCRIBERS_PER_CLIENT` allows (50 by default). 503 where all \
         clients together have `EVENTS_MAX_SUBSCRIBERS`.",
        "This client follows 50 streams of events already, which is the limit (EVENTS_MAX_SUBSCRIBERS_PER_CLIENT)",
    )
    .header("Retry-After", "Seconds to wait.", &json!({ "type": "string", "pattern": "^[0-9]+$" }))
}
