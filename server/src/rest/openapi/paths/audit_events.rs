//! `…/audit-events/`.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::audit::{Action, Outcome};
use crate::rest::audit_events::TEXTS;
use crate::rest::openapi::answers::{Answer, bad_query, no_version, too_many, trouble, unauthorized};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::query;
use crate::rest::openapi::schema::named;
use crate::rest::query::{DEFAULT_PER_PAGE, LARGEST_PAGE};

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    let (actions, outcomes) = (Action::ALL.map(Action::name), Outcome::ALL.map(Outcome::name));
    let texts = TEXTS.map(|(name, _)| {
        let about = match name {
            "action" => format!("Exactly this action: {}.", actions.join(", ")),
            "outcome" => format!("Exactly this outcome: {}.", outcomes.join(", ")),
            "subject" => "Exactly this subject, e.g. `module-builds/42`.".to_owned(),
            name => format!("Exactly this `{name}`."),
        };
        query(name, &about, &json!({ "type": "string" }))
    });
    let time = |name: &str, about: &str| query(name, about, &json!({ "type": "string" }));
    let paging = [
        query(
            "per_page",
            &format!("Events of a page, at most {LARGEST_PAGE}. What is no number is as good as none."),
            &json!({ "type": "integer", "minimum": 0, "default": DEFAULT_PER_PAGE }),
        ),
        query("after", "Goes on after a page; taken from its `next`.", &json!({ "type": "string" })),
    ];
    let operation =
        Operation::versioned(Method::GET, "/audit-events/", "listAuditEvents", "Operation", "Tell who changed what");
    let operation = operation
        .about(
            "Every change over the API and what was refused, the newest first: who, how that was known, from where, what, with \
             which result. Allowed to members of `ADMIN_GROUPS` who logged in.\n\nEvents are kept for `AUDIT_KEEP_DAYS`.",
        )
        .parameters(texts)
        .parameters([
            time("since", "Not before this time (UTC, `2019-03-01T12:00:00Z`)."),
            time("until", "Not after this time."),
        ])
        .parameters(paging)
        .example_query("?action=cancel&per_page=100")
        .answer(Answer::json(StatusCode::OK, "A page of events.", &named("AuditEvents"), &examples::audit_events()))
        .answers([
            bad_query("An invalid Zulu ISO 8601 timestamp was provided for the \"since\" parameter"),
            unauthorized(),
            Answer::error(
                StatusCode::FORBIDDEN,
                "The user is no administrator.",
                "alice is not in a group of administrators",
            ),
            no_version(),
            too_many(),
        ])
        .answers(trouble());
    vec![operation]
}
