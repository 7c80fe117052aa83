//! Who changed what.

use serde_json::{Value, json};

use crate::audit::{Action, Outcome};
use crate::rest::openapi::schema::{choice, integer, list, named, object, or_null, text, time};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let status = or_null(integer("HTTP status of what was not done."));
    let event = object(
        "Something that somebody did, or was refused to do.",
        [
            ("id", json!({ "type": "integer", "format": "int64", "description": "Id; counts up." })),
            ("time", time("When.")),
            ("user", or_null(text("Who; null where nobody knows."))),
            (
                "method",
                or_null(text("How that is known: `kerberos`, `proxy`, `oidc`, `token`, `none`, `command line`.")),
            ),
            ("address", or_null(text("Where the request came from; null on the command line."))),
            ("request_id", or_null(text("Id of the request, as in the log."))),
            ("action", choice("What.", Action::ALL.map(Action::name))),
            ("subject", or_null(text("Of what, e.g. `module-builds/42`."))),
            ("outcome", choice("With which result.", Outcome::ALL.map(Outcome::name))),
            ("status", status),
            ("message", or_null(text("What the client was told, where it was not done."))),
        ],
    );
    let events = object(
        "A page of events.",
        [("items", list("The newest first.", &named("AuditEvent"))), ("meta", named("CursorPage"))],
    );
    vec![("AuditEvent", event), ("AuditEvents", events)]
}
