//! `…/webhooks/`, `…/webhook-deliveries/`.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rest::openapi::answers::{
    Answer, bad_transfer, internal, no_such, no_version, not_reached, too_many, unauthorized,
};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::{self, query};
use crate::rest::openapi::schema::{named, text};
use crate::rest::query::{DEFAULT_PER_PAGE, LARGEST_PAGE};

const TAG: &str = "Webhooks";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![list(), make(), show(), switch(), remove(), deliveries(), redeliver()]
}

fn operation(method: Method, path: &str, id: &str, summary: &str) -> Operation {
    Operation::versioned(method, path, id, TAG, summary)
        .answers([unauthorized(), too_many(), internal(), not_reached()])
        .answer(Answer::error(
            StatusCode::FORBIDDEN,
            "Known, but not allowed to submit, or not to see what others have.",
            "alice is not in any of {'packager'}, only set()",
        ))
}

fn bad(message: &str) -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, "Something in the request cannot be.", message)
}

fn list() -> Operation {
    let owner =
        query("owner", "Webhooks of this user; of another one than oneself for administrators only.", &text("A user."));
    let example = json!({ "items": [examples::webhook()] });
    operation(Method::GET, "/webhooks/", "listWebhooks", "List webhooks")
        .parameters([owner])
        .answer(Answer::json(StatusCode::OK, "All webhooks of a user.", &named("Webhooks"), &example))
        .answers([bad("The query string contains a NUL character"), no_version()])
}

fn make() -> Operation {
    let body = json!({ "url": "https://example.com/hook", "events": { "name": ["nodejs"], "state": ["failed"] } });
    let mut example = examples::webhook();
    example["secret"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    operation(Method::POST, "/webhooks/", "makeWebhook", "Make a webhook")
        .about(
            "The events that happen from now on are sent to its address by POST, as `…/events` shows them: in their order, each at least \
             once, and again until the answer is a success. Events are signed: `MBS-Signature` is `t=SECONDS,v1=HEX`, the HMAC-SHA256 of \
             the seconds, a point and the body. The answer to this request is the only place where the secret can be read.\n\n\
             Whoever may submit may have some (option `WEBHOOKS_PER_USER`); `events` has to name owners, modules or builds, \
             unless an administrator asks.",
        )
        .body("application/json", &named("NewWebhook"), &[("failures", "Failures of a module", body)])
        .answer(Answer::json(StatusCode::CREATED, "Made.", &named("MadeWebhook"), &example))
        .answers([bad("\"url\": 127.0.0.1 is not on the internet (WEBHOOKS_ALLOW_PRIVATE)"), no_version()])
        .answer(Answer::error(
            StatusCode::CONFLICT,
            "The user has as many webhooks as the option `WEBHOOKS_PER_USER` allows (20 by default).",
            "alice has 20 webhooks, which is the limit; remove one first",
        ))
        .answers(bad_transfer())
}

fn show() -> Operation {
    operation(Method::GET, "/webhooks/{id}", "showWebhook", "Show a webhook")
        .parameters([parameters::id("webhook", 3)])
        .answer(one("The webhook."))
        .answer(no_such("webhook"))
}

fn switch() -> Operation {
    let schema = json!({
        "type": "object",
        "properties": { "active": { "type": "boolean" } },
        "required": ["active"],
        "additionalProperties": false,
    });
    operation(Method::PATCH, "/webhooks/{id}", "switchWebhook", "Switch a webhook on or off")
        .about("One that is switched on goes on where it stopped, as far as that is still kept.")
        .parameters([parameters::id("webhook", 3)])
        .body("application/json", &schema, &[("on", "Switch it on", json!({ "active": true }))])
        .answer(one("Switched."))
        .answers([bad("Only \"active\" can be changed: true or false"), no_such("webhook")])
        .answers(bad_transfer())
}

fn remove() -> Operation {
    operation(Method::DELETE, "/webhooks/{id}", "removeWebhook", "Remove a webhook")
        .about("With its history. One's own, and those of everybody for administrators.")
        .parameters([parameters::id("webhook", 3)])
        .answer(one("Removed."))
        .answer(no_such("webhook"))
}

fn one(about: &str) -> Answer {
    Answer::json(StatusCode::OK, about, &named("Webhook"), &examples::webhook())
}

fn deliveries() -> Operation {
    let paging = [
        query(
            "per_page",
            &format!("Deliveries of a page, at most {LARGEST_PAGE}. What is no number is as good as none."),
            &json!({ "type": "integer", "minimum": 0, "default": DEFAULT_PER_PAGE }),
        ),
        query("before", "Goes on before this delivery.", &json!({ "type": "integer", "format": "int32" })),
    ];
    let example: Value = json!({ "items": [examples::webhook_delivery()] });
    operation(Method::GET, "/webhooks/{id}/deliveries", "listWebhookDeliveries", "Tell what was sent to a webhook")
        .about("The newest first. Kept for `KEEP_MESSAGES_DAYS`.")
        .parameters([parameters::id("webhook", 3)])
        .parameters(paging)
        .answer(Answer::json(StatusCode::OK, "A page of its history.", &named("WebhookDeliveries"), &example))
        .answers([bad("The \"before\" parameter takes the id of a delivery"), no_such("webhook")])
}

fn redeliver() -> Operation {
    operation(Method::POST, "/webhook-deliveries/{id}/redelivery", "redeliver", "Send an event to a webhook again")
        .about("Whatever became of it; with the same id of the event.")
        .parameters([parameters::id("delivery", 9)])
        .answer(Answer::json(
            StatusCode::ACCEPTED,
            "It is sent as soon as possible.",
            &named("WebhookDelivery"),
            &examples::webhook_delivery(),
        ))
        .answers([
            no_such("delivery"),
            Answer::error(
                StatusCode::CONFLICT,
                "The webhook is switched off.",
                "The webhook is switched off; switch it on first.",
            ),
        ])
}
