//! Sends what is due.

use std::time::Instant;

use builders::Stop;
use chrono::{NaiveDateTime, TimeDelta};
use entities::lease::Lease;
use entities::webhook_delivery::{DELIVERED, FAILED, WAITING};
use entities::{db, webhook, webhook_delivery};
use futures::{StreamExt, stream};
use reqwest::{Client, Response};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, QuerySelect};

use super::{signature, target};
use crate::measure::{self, WebhookAttempt};
use crate::{Context, JobError};

/// Webhooks that are sent to at the same time.
const AT_ONCE: usize = 8;
/// Deliveries to one of them before it is looked again.
const IN_A_ROW: u64 = 20;
/// As much of an answer is read, in bytes, to say why it was none.
const READ: usize = 500;
/// Longest pause between two attempts.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// What became of an attempt.
struct Attempt {
    status: Option<u16>,
    error: Option<String>,
    milliseconds: i32,
}

/// Sends to each webhook what is due for it; false if that was nothing.
pub(super) async fn run(context: &Context, lease: &Lease, client: &Client, stop: &Stop) -> Result<bool, JobError> {
    let hooks = webhook::Entity::find().filter(webhook::Column::Active.eq(true)).all(&context.db).await?;
    let sent = stream::iter(hooks).map(|hook| serve(context, lease, client, stop, hook)).buffer_unordered(AT_ONCE);
    let sent: Vec<Result<bool, JobError>> = sent.collect().await;
    let mut any = false;
    for sent in sent {
        any |= sent?;
    }
    Ok(any)
}

/// In their order; the first that fails holds up those behind it.
async fn serve(
    context: &Context,
    lease: &Lease,
    client: &Client,
    stop: &Stop,
    hook: webhook::Model,
) -> Result<bool, JobError> {
    use webhook_delivery::{Column, Entity};
    let waiting = Entity::find().filter(Column::WebhookId.eq(hook.id)).filter(Column::State.eq(WAITING));
    let waiting = waiting.order_by_asc(Column::Id).limit(IN_A_ROW).all(&context.db).await?;
    let mut any = false;
    for delivery in waiting {
        if *stop.borrow() || delivery.time_due > context.now() {
            break;
        }
        any = true;
        let attempt = send(context, client, &hook, &delivery).await;
        let is_taken = attempt.error.is_none();
        record(context, lease, &hook, &delivery, attempt).await?;
        if !is_taken {
            break;
        }
    }
    Ok(any)
}

async fn send(
    context: &Context,
    client: &Client,
    hook: &webhook::Model,
    delivery: &webhook_delivery::Model,
) -> Attempt {
    let start = Instant::now();
    let answer = match target::check(&hook.url, context.settings.webhooks.allow_private) {
        Ok(url) => {
            let time = context.clock.utc().timestamp();
            let request = client
                .post(url)
                .header("Content-Type", "application/json")
                .header("MBS-Event", &delivery.topic)
                .header("MBS-Event-Id", &delivery.event_id)
                .header("MBS-Delivery", delivery.id)
                .header(signature::HEADER, signature::signature(&hook.secret, time, &delivery.body));
            request.body(delivery.body.clone()).send().await.map_err(|error| cause(&error))
        }
        Err(refused) => Err(refused.to_string()),
    };
    let (status, error) = match answer {
        Ok(answer) => (Some(answer.status().as_u16()), refusal(answer).await),
        Err(error) => (None, Some(error)),
    };
    let milliseconds = i32::try_from(start.elapsed().as_millis()).unwrap_or(i32::MAX);
    Attempt { status, error, milliseconds }
}

/// Why an answer is no success, with its beginning.
async fn refusal(mut answer: Response) -> Option<String> {
    let status = answer.status();
    if status.is_success() {
        return None;
    }
    if status.is_redirection() {
        return Some(format!("the receiver answered \"{status}\"; redirects are not followed"));
    }
    let mut text = Vec::new();
    while let (true, Ok(Some(chunk))) = (text.len() < READ, answer.chunk().await) {
        text.extend_from_slice(&chunk[..chunk.len().min(READ - text.len())]);
    }
    let text: String = String::from_utf8_lossy(&text).chars().filter(|letter| !letter.is_control()).collect();
    let blank = if text.is_empty() { "" } else { ": " };
    Some(format!("the receiver answered \"{status}\"{blank}{text}"))
}

/// The innermost cause, which names what went wrong and not the address, which may hold what only its owner knows.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "the receiver did not answer in time".to_owned();
    }
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "the receiver did not answer".to_owned(), ToString::to_string)
}

async fn record(
    context: &Context,
    lease: &Lease,
    hook: &webhook::Model,
    delivery: &webhook_delivery::Model,
    attempt: Attempt,
) -> Result<(), JobError> {
    use webhook_delivery::{Column, Entity};
    let (now, attempts) = (context.now(), delivery.attempts + 1);
    let is_over = attempts >= context.settings.webhooks.max_attempts;
    let (state, became) = match &attempt.error {
        None => (DELIVERED, WebhookAttempt::Delivered),
        Some(_) if is_over => (FAILED, WebhookAttempt::GivenUp),
        Some(_) => (WAITING, WebhookAttempt::Postponed),
    };
    let ended: Option<NaiveDateTime> = (state != WAITING).then_some(now);
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::Attempts, Expr::value(attempts))
        .col_expr(Column::Status, Expr::value(attempt.status.map(i32::from)))
        .col_expr(Column::Error, Expr::value(attempt.error.clone()))
        .col_expr(Column::DurationMs, Expr::value(attempt.milliseconds))
        .col_expr(Column::TimeDue, Expr::value(now + pause(context, attempts)))
        .col_expr(Column::TimeEnded, Expr::value(ended))
        .filter(Column::Id.eq(delivery.id))
        .exec(&tx)
        .await?;
    if state == FAILED {
        let error = attempt.error.unwrap_or_default();
        let reason = format!("delivery {} was not taken in {attempts} attempts: {error}", delivery.id);
        tracing::warn!(webhook = hook.id, reason, "switched a webhook off");
        webhook::Entity::update_many()
            .col_expr(webhook::Column::Active, Expr::value(false))
            .col_expr(webhook::Column::Reason, Expr::value(reason))
            .filter(webhook::Column::Id.eq(hook.id))
            .exec(&tx)
            .await?;
    }
    tx.commit().await?;
    measure::webhook_answered(became);
    Ok(())
}

/// Twice as long each time.
fn pause(context: &Context, attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    (context.settings.webhooks.retry * (1 << doublings)).min(LONGEST)
}
