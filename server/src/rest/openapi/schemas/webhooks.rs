//! Webhooks.

use entities::event_filter::{TOPICS, states};
use entities::webhook_delivery::{DELIVERED, FAILED, WAITING};
use serde_json::{Value, json};

use crate::rest::openapi::schema::{boolean, choice, integer, list, named, named_about, object, or_null, text, time};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let mut made = webhook();
    made.push(("secret", text("What events are signed with; nobody can see it again.")));
    let items = |about: &str, name: &str| object(about, [("items", list("The newest first.", &named(name)))]);
    vec![
        ("Webhook", object("A webhook, without its secret.", webhook())),
        ("Webhooks", items("Webhooks of a user.", "Webhook")),
        ("MadeWebhook", object("A webhook that was just made.", made)),
        ("NewWebhook", wanted()),
        ("EventFilter", filter(true)),
        ("WebhookDelivery", delivery()),
        ("WebhookDeliveries", items("History of a webhook.", "WebhookDelivery")),
    ]
}

fn number(about: &str) -> Value {
    json!({ "type": "integer", "format": "int64", "description": about })
}

fn webhook() -> Vec<(&'static str, Value)> {
    vec![
        ("id", integer("Id.")),
        ("owner", text("Who made it.")),
        ("url", text("Where events are sent.")),
        ("events", named_about("EventFilter", "Which events.")),
        ("position", number("Number of the last event that was looked at.")),
        ("active", boolean("Whether events are sent.")),
        ("reason", or_null(text("Why they are not."))),
        ("time_created", time("When it was made.")),
    ]
}

fn filter(complete: bool) -> Value {
    let strings = json!({ "type": "string" });
    let mut filter = object(
        "Values of one name are alternatives, several names have to match all; an empty list is any.",
        [
            ("owner", list("Owners of builds.", &strings)),
            ("name", list("Names of modules.", &strings)),
            ("state", list("New states of modules or components.", &choice("A state.", states()))),
            ("id", list("Module builds.", &json!({ "type": "integer", "format": "int32" }))),
            ("topic", list("Topics.", &choice("A topic.", TOPICS))),
        ],
    );
    if !complete {
        filter["required"] = json!([]);
    }
    filter
}

fn wanted() -> Value {
    json!({
        "type": "object",
        "description": "A webhook to be made.",
        "properties": {
            "url": { "type": "string", "maxLength": 2000, "description": "`http://` or `https://`, on the internet." },
            "events": filter(false),
            "secret": { "type": ["string", "null"], "minLength": 16, "maxLength": 200, "description": "Made up where it is missing." },
        },
        "required": ["url"],
        "additionalProperties": false,
    })
}

fn delivery() -> Value {
    object(
        "An event that was, or is to be, sent.",
        [
            ("id", integer("Id; also in the header `MBS-Delivery`.")),
            ("webhook_id", integer("The webhook.")),
            ("event", number("Number of the event.")),
            ("event_id", text("Unique id of the event; also in the header `MBS-Event-Id`.")),
            ("topic", text("Its topic; also in the header `MBS-Event`.")),
            ("state", choice("What became of it.", [WAITING, DELIVERED, FAILED])),
            ("attempts", integer("How often it was sent.")),
            ("status", or_null(integer("HTTP status of the last answer."))),
            ("error", or_null(text("Why the last attempt was no success."))),
            ("duration_ms", or_null(integer("Milliseconds that the last attempt took."))),
            ("time_created", time("When it was written.")),
            ("time_due", time("When it is sent again, while it waits.")),
            ("time_ended", or_null(time("When it was delivered, or given up."))),
        ],
    )
}
