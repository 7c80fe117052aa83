//! What happens.

use serde_json::{Value, json};

use crate::events::filter::TOPICS;
use crate::rest::openapi::schema::{choice, integer, list, named, object, or_null, text, time};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let number = |about: &str| json!({ "type": "integer", "format": "int64", "description": about });
    let body = json!({
        "type": ["object", "null"],
        "description": "For `module.state.change` the build as its resource shows it, for `component.state.change` the component.",
    });
    let event = object(
        "Something that happened.",
        [
            ("id", number("Number: one more than that of the event before.")),
            ("event_id", text("Unique id, as on the message bus and in webhooks.")),
            ("topic", choice("What happened.", TOPICS)),
            ("time", time("When.")),
            ("module_build_id", or_null(integer("The module build."))),
            ("owner", or_null(text("Its owner."))),
            ("name", or_null(text("Name of the module."))),
            ("body", body),
        ],
    );
    let meta = object(
        "Where the page stands.",
        [
            ("since", number("What to ask with for the next page.")),
            ("oldest", number("The oldest event that is kept; one more than `newest` where none is.")),
            ("newest", number("The newest event.")),
        ],
    );
    let events = object("A page of events.", [("items", list("In their order.", &named("Event"))), ("meta", meta)]);
    vec![("Event", event), ("Events", events)]
}
