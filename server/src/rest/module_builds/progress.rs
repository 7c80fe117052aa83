//! `GET …/module-builds/{id}/progress`: how far a build is, at this moment.
//!
//! Time goes on while nothing changes, so the answer has no `ETag`.

use entities::ComponentState;
use entities::message::timestamp;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Response, handler};
use serde_json::{Value, json};

use crate::App;
use crate::rest::answer;
use crate::rest::failure::Failure;
use crate::rest::query::Id;
use crate::service::progress::{self, Part, Progress};

/// What each component waits for, why it failed, and how long the rest will take.
#[handler]
pub async fn show_progress(app: Data<&App>, id: Id) -> Result<Response, Failure> {
    let progress = progress::of_build(&app, id.0).await?;
    Ok(answer::shared(answer::json(StatusCode::OK, &shown(&progress))))
}

fn shown(progress: &Progress) -> Value {
    let Progress { build, time, estimate, components } = progress;
    json!({
        "id": build.id,
        "state": build.state.number(),
        "state_name": build.state.name(),
        "state_reason": build.state_reason,
        "batch": build.batch,
        "time": timestamp(*time),
        "estimate": estimate.as_ref().map(|estimate| json!({
            "seconds": estimate.seconds,
            "at_least_seconds": estimate.at_least,
            "unknown": estimate.unknown,
            "critical_path": estimate.critical_path,
        })),
        "components": components.iter().map(part).collect::<Vec<_>>(),
    })
}

fn part(part: &Part) -> Value {
    let row = &part.row;
    json!({
        "id": row.id,
        "package": row.package,
        "batch": row.batch,
        "state": row.state.map(ComponentState::number),
        "state_name": row.state.and_then(ComponentState::name),
        "attempt": row.attempt,
        "waits_for": part.waits_for,
        "failure": part.failure,
        "retry": part.retry,
        "reuse": row.reuse.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok()),
        "estimated_seconds": row.estimate,
        "elapsed_seconds": part.elapsed,
        "remaining_seconds": part.remaining,
    })
}
