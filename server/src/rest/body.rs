//! Bodies of requests: JSON, or a form with a file.

use std::time::Duration;

use futures::StreamExt;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::web::Multipart;
use poem::{Body, FromRequest, Request, RequestBody};
use serde_json::Value;

use super::failure::Failure;
use crate::App;
use crate::service::ServiceError;
use crate::service::submit::{Submission, UploadedFile};

/// How much beyond the limit is read and thrown away, so that the client gets to read the answer instead of a broken pipe.
const DISCARDED: usize = 64 << 20;

/// The name of the file in a form.
const FILE: &str = "yaml";

/// What is submitted: a form where the content type says so, otherwise a JSON object. `limit` is in bytes.
async fn submission(request: &Request, body: Body, limit: usize) -> Result<Submission, Failure> {
    if content_type(request.headers()).contains("multipart/form-data") {
        return form(request, read(request, body, limit).await?).await;
    }
    match json(request, body, limit).await? {
        Value::Object(params) => Ok(Submission { params, ..Submission::default() }),
        _ => Err(Failure::invalid(INVALID)),
    }
}

impl<'a> FromRequest<'a> for Submission {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let limit = request.data::<App>().map_or(0, |app| app.config.rest.max_request_bytes);
        Ok(submission(request, body.take()?, limit).await?)
    }
}

const INVALID: &str = "Invalid JSON submitted";

/// A JSON document of any kind.
pub async fn json(request: &Request, body: Body, limit: usize) -> Result<Value, Failure> {
    let bytes = read(request, body, limit).await?;
    serde_json::from_slice(&bytes).map_err(|_| Failure::invalid(INVALID))
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// All of a body, unless it is compressed, larger than `limit` bytes or takes too long.
pub async fn read(request: &Request, body: Body, limit: usize) -> Result<Vec<u8>, Failure> {
    refuse_compressed(request.headers())?;
    let announced = request.header(header::CONTENT_LENGTH).and_then(|value| value.parse().ok());
    let patience = patience(request);
    let too_slow = || {
        let message = format!("The request did not arrive within {} seconds", patience.as_secs());
        Failure::Http(StatusCode::REQUEST_TIMEOUT, message)
    };
    let bytes = tokio::time::timeout(patience, up_to(body, limit, announced)).await.map_err(|_| too_slow())??;
    bytes.ok_or_else(|| {
        ServiceError::TooLarge(format!("The request is larger than the {limit} bytes that are allowed")).into()
    })
}

/// How long a body may take to arrive: `REQUEST_TIMEOUT`.
fn patience(request: &Request) -> Duration {
    request.data::<App>().map_or(Duration::from_mins(1), |app| app.config.rest.request_timeout)
}

/// A small compressed body can be a huge one.
fn refuse_compressed(headers: &HeaderMap) -> Result<(), Failure> {
    let plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        return Ok(());
    }
    Err(Failure::Http(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The request has a Content-Encoding; send it without compression".to_owned(),
    ))
}

/// All of a body, or `None` where it is too large.
async fn up_to(body: Body, limit: usize, announced: Option<usize>) -> Result<Option<Vec<u8>>, Failure> {
    let most = limit.saturating_add(DISCARDED);
    if announced.is_some_and(|announced| announced > most) {
        return Ok(None);
    }
    let (mut bytes, mut seen) = (Vec::new(), 0);
    let mut chunks = Box::pin(body.into_bytes_stream());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Failure::invalid(format!("The request ended early: {error}")))?;
        seen += chunk.len();
        if seen > most {
            break;
        }
        if seen <= limit {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok((seen <= limit).then_some(bytes))
}

/// The fields of a form become parameters, the first of each name counts; the file is the document.
async fn form(request: &Request, bytes: Vec<u8>) -> Result<Submission, Failure> {
    let broken = |error: &dyn std::fmt::Display| Failure::invalid(format!("Invalid form submitted: {error}"));
    let mut body = RequestBody::new(Body::from(bytes));
    let mut parts = Multipart::from_request(request, &mut body).await.map_err(|error| broken(&error))?;
    let mut submission = Submission::default();
    while let Some(part) = parts.next_field().await.map_err(|error| broken(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        if let Some(file) = part.file_name().map(str::to_owned) {
            let content = part.bytes().await.map_err(|error| broken(&error))?;
            if name == FILE && submission.file.is_none() {
                submission.file = Some(UploadedFile { name: Some(file), content });
            }
            continue;
        }
        let text = part.text().await.map_err(|error| broken(&error))?;
        submission.params.entry(name).or_insert(Value::String(text));
    }
    Ok(submission)
}
