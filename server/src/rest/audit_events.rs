//! `GET …/audit-events/`: who changed what, the newest first; for administrators.

use entities::audit_event::{Column, Entity, Model};
use entities::message::timestamp;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Response, handler};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::answer;
use super::failure::Failure;
use super::origin::Origin;
use super::query::{ApiVersion, DEFAULT_PER_PAGE, LARGEST_PAGE, Query, time_bound};
use crate::App;
use crate::auth::Admin;

/// Filters that compare texts.
pub const TEXTS: [(&str, Column); 7] = [
    ("user", Column::UserName),
    ("method", Column::Method),
    ("address", Column::Address),
    ("request_id", Column::RequestId),
    ("action", Column::Action),
    ("subject", Column::Subject),
    ("outcome", Column::Outcome),
];

/// Lists events.
#[handler]
pub async fn list(
    app: Data<&App>,
    version: ApiVersion,
    _admin: Admin,
    query: Query,
    origin: &Origin,
) -> Result<Response, Failure> {
    let (per_page, after) = (per_page(&query), after(&query)?);
    let backend = app.db.get_database_backend();
    let mut events = Entity::find().order_by_desc(Column::Id).limit(per_page + 1);
    for (name, column) in TEXTS {
        if let Some(value) = query.given(name) {
            events = events.filter(column.eq(value));
        }
    }
    for (name, is_upper) in [("since", false), ("until", true)] {
        if let Some(bound) = time_bound(&query, name, column_expr(), is_upper, backend)? {
            events = events.filter(bound);
        }
    }
    if let Some(after) = after {
        events = events.filter(Column::Id.lt(after));
    }
    let mut rows = events.all(&app.db).await?;
    let is_last = u64::try_from(rows.len()).unwrap_or(u64::MAX) <= per_page;
    rows.truncate(usize::try_from(per_page).unwrap_or(usize::MAX));
    let address = |after: Option<i64>| origin.url(&version.path(&format!("/audit-events/?{}", of_page(&query, after))));
    let next = rows.last().filter(|_| !is_last).map(|row| address(Some(row.id)));
    let items: Vec<_> = rows.iter().map(shown).collect();
    let meta = json!({ "per_page": per_page, "first": address(None), "next": next });
    Ok(answer::json(StatusCode::OK, &json!({ "items": items, "meta": meta })))
}

fn column_expr() -> sea_orm::sea_query::Expr {
    Column::Time.into_expr()
}

/// As in other lists, what is no number is as good as none.
fn per_page(query: &Query) -> u64 {
    let given = query.given("per_page").and_then(|text| text.parse::<i64>().ok()).filter(|number| *number > 0);
    given.unwrap_or(DEFAULT_PER_PAGE).min(LARGEST_PAGE).unsigned_abs()
}

/// The last event of the page before.
fn after(query: &Query) -> Result<Option<i64>, Failure> {
    let wrong = || Failure::invalid("The \"after\" parameter is no cursor of this list; take it from \"next\"");
    query.given("after").map(|text| text.parse().map_err(|_| wrong())).transpose()
}

/// The same question about another page.
fn of_page(query: &Query, after: Option<i64>) -> String {
    let kept = query.pairs().iter().filter(|(name, _)| name != "after");
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(kept);
    if let Some(after) = after {
        text.append_pair("after", &after.to_string());
    }
    text.finish()
}

fn shown(event: &Model) -> Value {
    json!({
        "id": event.id,
        "time": timestamp(event.time),
        "user": event.user_name,
        "method": event.method,
        "address": event.address,
        "request_id": event.request_id,
        "action": event.action,
        "subject": event.subject,
        "outcome": event.outcome,
        "status": event.status,
        "message": event.message,
    })
}
