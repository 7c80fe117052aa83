//! The relay: numbers messages that became visible, and hands them to the bus in the order of these numbers, one publisher at a time.
//!
//! Readers of the feed wait for the numbers only, never for the bus: a bus that is down holds up nobody else, nor does a publisher
//! that died with its lease.

use std::time::Duration;

use builders::Stop;
use entities::lease::Lease;
use entities::outbox::{Column, Entity, Model};
use messaging::Message;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Statement};

use crate::holding::{always, holding};
use crate::{Context, Job, JobError, measure};

/// Messages handed over between two looks at the database.
const CHUNK: u64 = 100;
/// Somebody else may be publishing and have looked just before our message was written.
const TRIES: u32 = 5;

/// What there is to do; most wake-ups find that somebody else has done it.
#[derive(Clone, Copy, Debug, FromQueryResult)]
struct Due {
    unnumbered: bool,
    unpublished: bool,
    /// Somebody wants to be told.
    webhooks: bool,
}

/// Numbers and publishes until nothing waits.
pub async fn run(context: &Context) -> Result<(), JobError> {
    let due = due(context).await?;
    if due.unnumbered {
        context.numbering.number().await?;
    }
    if due.webhooks && (due.unnumbered || due.unpublished) {
        context.wake(Job::SendWebhooks).await;
    }
    if due.unpublished { publish(context).await } else { Ok(()) }
}

async fn due(context: &Context) -> Result<Due, DbErr> {
    let query = "SELECT EXISTS (SELECT 1 FROM outbox WHERE number IS NULL) AS unnumbered, \
        EXISTS (SELECT 1 FROM outbox WHERE time_published IS NULL) AS unpublished, \
        EXISTS (SELECT 1 FROM webhooks WHERE active) AS webhooks";
    let statement = Statement::from_string(context.db.get_database_backend(), query);
    let due = Due::find_by_statement(statement).one(&context.db).await?;
    due.ok_or_else(|| DbErr::RecordNotFound("one row".to_owned()))
}

async fn publish(context: &Context) -> Result<(), JobError> {
    for _ in 0..TRIES {
        let published = holding(context, "outbox", always, |lease, stop| publish_all(context, lease, stop)).await?;
        if published.is_some() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn publish_all(context: &Context, lease: Lease, stop: Stop) -> Result<(), JobError> {
    for round in 0_u64.. {
        let waiting = waiting(context).await?;
        if waiting.is_empty() || *stop.borrow() {
            break;
        }
        // It has just been claimed in the first round.
        if round > 0 {
            lease.renew(&context.db, context.now(), context.settings.lease).await?;
        }
        let mut taken = Vec::with_capacity(waiting.len());
        let mut refused = None;
        for row in waiting {
            let sent = (row.id, row.time_created);
            measure::sending();
            let answer = context.bus.publish(&message(row)).await;
            measure::sent(answer.is_ok());
            if let Err(error) = answer {
                refused = Some(JobError::Retry(error.to_string()));
                break;
            }
            taken.push(sent);
        }
        mark_published(context, &taken).await?;
        if let Some(error) = refused {
            return Err(error);
        }
    }
    Ok(())
}

async fn waiting(context: &Context) -> Result<Vec<Model>, DbErr> {
    let waiting = Entity::find().filter(Column::TimePublished.is_null()).filter(Column::Number.is_not_null());
    waiting.order_by_asc(Column::Number).limit(CHUNK).all(&context.db).await
}

fn message(row: Model) -> Message {
    Message {
        sequence: row.number.unwrap_or_default(),
        event_id: row.event_id,
        topic: row.topic,
        module_build_id: row.module_build_id,
        body: serde_json::from_str(&row.body).unwrap_or_default(),
    }
}

/// After the bus took them: a crash in between sends them again, with the same ids.
///
/// `taken` are their ids, and when they were written.
async fn mark_published(context: &Context, taken: &[(i64, DateTime)]) -> Result<(), DbErr> {
    if taken.is_empty() {
        return Ok(());
    }
    let now = context.now();
    Entity::update_many()
        .col_expr(Column::TimePublished, Expr::value(now))
        .filter(Column::Id.is_in(taken.iter().map(|(id, _)| *id)))
        .exec(&context.db)
        .await?;
    for (_, created) in taken {
        measure::published(*created, now);
    }
    Ok(())
}
