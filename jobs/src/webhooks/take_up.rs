//! From the feed to deliveries.

use entities::event_filter::Filter;
use entities::feed::{self, Entry};
use entities::lease::Lease;
use entities::{db, webhook, webhook_delivery};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};

use crate::{Context, JobError};

/// Events looked at in one transaction.
const PAGE: u64 = 200;
/// Rows of one statement; databases have a limit of values.
const ROWS: usize = 100;

/// Writes deliveries of the next events; false if there are none.
pub(super) async fn run(context: &Context, lease: &Lease) -> Result<bool, JobError> {
    use webhook::{Column, Entity};
    let bounds = feed::bounds(&context.db).await?;
    let behind = Entity::find().filter(Column::Active.eq(true)).filter(Column::Position.lt(bounds.newest));
    let hooks = behind.all(&context.db).await?;
    let Some(since) = hooks.iter().map(|hook| hook.position).min() else { return Ok(false) };
    let entries = feed::after(&context.db, since, PAGE).await?;
    let last = entries.last().map_or(bounds.newest, |entry| entry.number);
    let rows: Vec<_> = hooks.iter().flat_map(|hook| wanted(context, hook, &entries)).collect();
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    for rows in rows.chunks(ROWS) {
        let twice = OnConflict::columns([webhook_delivery::Column::WebhookId, webhook_delivery::Column::Number])
            .do_nothing()
            .to_owned();
        webhook_delivery::Entity::insert_many(rows.to_vec()).on_conflict(twice).exec_without_returning(&tx).await?;
    }
    Entity::update_many()
        .col_expr(Column::Position, Expr::value(last))
        .filter(Column::Id.is_in(hooks.iter().map(|hook| hook.id)))
        .filter(Column::Position.lt(last))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

fn wanted(context: &Context, hook: &webhook::Model, entries: &[Entry]) -> Vec<webhook_delivery::ActiveModel> {
    let Ok(filter) = serde_json::from_str::<Filter>(&hook.filter) else { return Vec::new() };
    let new = entries.iter().filter(|entry| entry.number > hook.position);
    let wanted = new.filter(|entry| filter.lets_through(entry.facts(entry.state().as_deref())));
    wanted.map(|entry| delivery(context, hook.id, entry)).collect()
}

fn delivery(context: &Context, webhook_id: i32, entry: &Entry) -> webhook_delivery::ActiveModel {
    webhook_delivery::ActiveModel {
        webhook_id: Set(webhook_id),
        number: Set(entry.number),
        event_id: Set(entry.event_id.clone()),
        topic: Set(entry.topic.clone()),
        body: Set(entry.json()),
        state: Set(webhook_delivery::WAITING.to_owned()),
        attempts: Set(0),
        time_created: Set(context.now()),
        time_due: Set(context.now()),
        ..Default::default()
    }
}
