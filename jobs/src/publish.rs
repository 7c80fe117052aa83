//! Hands waiting messages to the bus, in their order, one publisher at a time.

use std::time::Duration;

use builders::Stop;
use entities::lease::Lease;
use entities::outbox::{Column, Entity, Model};
use messaging::Message;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, QuerySelect};

use crate::holding::{always, holding};
use crate::{Context, JobError, measure};

/// Messages handed over between two looks at the database.
const CHUNK: u64 = 100;
/// Somebody else may be publishing and have looked just before our message was written.
const TRIES: u32 = 5;

/// Publishes until nothing waits.
pub async fn run(context: &Context) -> Result<(), JobError> {
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
    Entity::find().filter(Column::TimePublished.is_null()).order_by_asc(Column::Id).limit(CHUNK).all(&context.db).await
}

fn message(row: Model) -> Message {
    Message {
        sequence: row.id,
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
