//! `GET …/module-builds/{id}/messages` and `…/component-builds/{id}/messages`: what happened, in sentences, newest first.

use entities::message::timestamp;
use entities::{component_build, log_message, module_build};
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Response, handler};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, EntityTrait, PrimaryKeyTrait, QuerySelect};
use serde_json::{Value, json};

use super::answer;
use super::failure::Failure;
use super::origin::Origin;
use super::query::{ApiVersion, Id, Paging, Query, page};
use crate::App;

/// Messages about a module build and its components.
#[handler]
pub async fn of_module(
    app: Data<&App>,
    version: ApiVersion,
    id: Id,
    query: Query,
    origin: &Origin,
) -> Result<Response, Failure> {
    must_exist::<module_build::Entity>(&app, id.0, module_build::Column::Id, "No such module found.").await?;
    let path = version.path(&format!("/module-builds/{}/messages", id.0));
    list(&app, log_message::Column::ModuleBuildId.eq(id.0).into(), &query, &origin.url(&path)).await
}

/// Messages about a component.
#[handler]
pub async fn of_component(
    app: Data<&App>,
    version: ApiVersion,
    id: Id,
    query: Query,
    origin: &Origin,
) -> Result<Response, Failure> {
    must_exist::<component_build::Entity>(&app, id.0, component_build::Column::Id, "No such component found.").await?;
    let path = version.path(&format!("/component-builds/{}/messages", id.0));
    list(&app, log_message::Column::ComponentBuildId.eq(id.0).into(), &query, &origin.url(&path)).await
}

async fn must_exist<E>(app: &App, id: i32, column: E::Column, message: &str) -> Result<(), Failure>
where
    E: EntityTrait<PrimaryKey: PrimaryKeyTrait<ValueType = i32>>,
{
    let found: Option<i32> = E::find_by_id(id).select_only().column(column).into_tuple().one(&app.db).await?;
    found.map(|_| ()).ok_or_else(|| Failure::not_found(message))
}

async fn list(app: &App, of: Condition, query: &Query, url: &str) -> Result<Response, Failure> {
    use log_message::{Column, Entity};
    let newest = vec![(Column::TimeCreated.into_expr(), Order::Desc), (Column::Id.into_expr(), Order::Desc)];
    let page = page::<Entity, log_message::Model>(&app.db, Entity::find(), of, newest, Paging::of(query)).await?;
    let messages: Vec<_> = page.rows.iter().map(message).collect();
    Ok(answer::json(StatusCode::OK, &json!({ "messages": messages, "meta": page.meta(url, &[]) })))
}

fn message(row: &log_message::Model) -> Value {
    json!({ "id": row.id, "time_created": timestamp(row.time_created), "message": row.message })
}
