//! What operators and their tools ask.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rest::openapi::answers::{Answer, internal};
use crate::rest::openapi::operation::{Operation, PREFIX};
use crate::rest::openapi::schema::named;

const TAG: &str = "Operation";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![healthz(), readyz(), metrics("/metrics", "metrics", "Show the metrics of the process"), versioned_metrics()]
}

fn healthz() -> Operation {
    Operation::new(Method::GET, "/healthz", "healthz", TAG, "Tell whether the process serves")
        .about("Nothing else is looked at. It is for whoever restarts processes that hang.")
        .answer(unkept(Answer::json(StatusCode::OK, "It does.", &named("Health"), &json!({ "status": "ok" }))))
        .answer(internal())
}

fn readyz() -> Operation {
    let answer =
        |status, about: &str, example: &Value| unkept(Answer::json(status, about, &named("Readiness"), example));
    let good = json!({ "ready": true, "checks": { "database": "ok", "schema": "ok", "queue": "ok" } });
    let bad = json!({
        "ready": false,
        "checks": { "database": "does not answer", "schema": "not known without the database", "queue": "ok" },
    });
    Operation::new(Method::GET, "/readyz", "readyz", TAG, "Tell whether the process is ready")
        .about(
            "Asks everything that the process needs, and waits no longer than two seconds. It is for load balancers.",
        )
        .answer(answer(StatusCode::OK, "It is ready.", &good))
        .answer(internal())
        .answer(answer(StatusCode::SERVICE_UNAVAILABLE, "Something is missing, or the process is ending.", &bad))
}

fn metrics(path: &str, id: &str, summary: &str) -> Operation {
    let text = json!({ "type": "string" });
    let example = json!("# TYPE builds_success_total counter\nbuilds_success_total 7\n");
    Operation::new(Method::GET, path, id, TAG, summary)
        .about("For Prometheus, with the names of the Python service and more.")
        .answer(Answer::empty(StatusCode::OK, "All metrics in the text format of Prometheus.").content(
            "text/plain",
            &text,
            &example,
        ))
        .answer(internal())
}

fn versioned_metrics() -> Operation {
    let version = json!({
        "name": "version",
        "in": "path",
        "required": true,
        "description": "Any number; it is not looked at.",
        "schema": { "type": "integer", "minimum": 0 },
        "example": 1,
    });
    let summary = "Show the metrics where the Python service did";
    metrics(&format!("{PREFIX}/monitor/metrics"), "monitorMetrics", summary).parameters([version]).answer(
        Answer::error(
            StatusCode::NOT_FOUND,
            "The version is no number.",
            "The requested URL was not found on the server.",
        ),
    )
}

fn unkept(answer: Answer) -> Answer {
    answer.header("Cache-Control", "Nobody may keep it.", &json!({ "type": "string", "const": "no-store" }))
}
