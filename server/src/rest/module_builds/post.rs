//! `POST …/module-builds/`: submitting a module.

use entities::module_build;
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::{Response, handler};
use serde_json::{Value, json};

use super::view::{Detail, View};
use crate::App;
use crate::auth::Submitter;
use crate::rest::answer;
use crate::rest::failure::Failure;
use crate::rest::origin::Origin;
use crate::rest::query::{ApiVersion, Query};
use crate::service;
use crate::service::submit::idempotency::{Fingerprint, Key, Record, Recorded};
use crate::service::submit::{Submission, Submitted};

/// A client's name for its submission.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that a submission was done before, and this is its answer.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Submits a module: a JSON object, or a form with the document as the file `yaml`. Version 1 answers with the first build,
/// version 2 with the list of all. `?dry_run=true` tells what would be done, and does nothing.
#[handler]
pub async fn submit(
    app: Data<&App>,
    version: ApiVersion,
    query: Query,
    origin: &Origin,
    headers: &HeaderMap,
    // Read first: what is no submission at all is refused whoever sent it.
    submission: Submission,
    submitter: Submitter,
) -> Result<Response, Failure> {
    let key = key(headers)?;
    if is_dry_run(&query)? {
        return dry_run(&app, &submitter, submission).await;
    }
    let key = key.map(|key| (key, Fingerprint::of(&format!("POST module-builds {}", version.0), &submission)));
    let view = View { detail: Detail::Verbose, origin, version };
    match service::submit::submit(&app, &submitter, submission, key).await? {
        Submitted::Now(builds, record) => Ok(created(answer(&app, &view, &builds, record).await?)),
        Submitted::Before(Recorded::Answer(text)) => Ok(replayed(text)),
        Submitted::Before(Recorded::Builds(builds, record)) => {
            Ok(replayed(answer(&app, &view, &builds, Some(record)).await?))
        }
    }
}

/// The body of the answer, kept if the submission has a key.
async fn answer(
    app: &App,
    view: &View<'_>,
    builds: &[module_build::Model],
    record: Option<Record>,
) -> Result<String, Failure> {
    let mut bodies = view.bodies(&app.db, builds).await?;
    let body = match view.version.0 {
        1 if bodies.is_empty() => return Err(Failure::internal("a submission made no build")),
        1 => bodies.swap_remove(0),
        _ => Value::Array(bodies),
    };
    let body = body.to_string();
    Ok(match record {
        Some(record) => record.keep(&app.db, body).await,
        None => body,
    })
}

fn created(body: String) -> Response {
    Response::builder().status(StatusCode::CREATED).header(header::CONTENT_TYPE, "application/json").body(body)
}

fn replayed(body: String) -> Response {
    let mut response = created(body);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

async fn dry_run(app: &App, submitter: &Submitter, submission: Submission) -> Result<Response, Failure> {
    let builds = service::submit::dry_run(app, submitter, submission).await?;
    let body = json!({ "dry_run": true, "would_answer": StatusCode::CREATED.as_u16(), "builds": builds });
    Ok(answer::json(StatusCode::OK, &body))
}

fn key(headers: &HeaderMap) -> Result<Option<Key>, Failure> {
    let mut given = headers.get_all(KEY).iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => Ok(Some(Key::parse(key.as_bytes())?)),
        (Some(_), Some(_)) => Err(Failure::invalid("The Idempotency-Key header is there more than once")),
    }
}

/// Whoever asks for a dry run must never get a build, so nothing but these values is taken for either.
fn is_dry_run(query: &Query) -> Result<bool, Failure> {
    let asked = query.all("dry_run").map(|value| match value {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Failure::invalid("The \"dry_run\" parameter has to be true, 1, false or 0")),
    });
    match asked.collect::<Result<Vec<_>, _>>()?[..] {
        [] => Ok(false),
        [first, ref rest @ ..] if rest.iter().all(|other| *other == first) => Ok(first),
        _ => Err(Failure::invalid("The \"dry_run\" parameter is there more than once, with different values")),
    }
}
