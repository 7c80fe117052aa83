//! `GET …/module-builds/{id}/messages` and `…/component-builds/{id}/messages`: what happened, in sentences, newest first.

use std::sync::Arc;

use entities::log_message::Column;
use entities::message::timestamp;
use poem::web::Data;
use poem::{Response, handler};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, Order};
use serde::Serialize;

use super::answer;
use super::cache::Cache;
use super::failure::Failure;
use super::origin::Origin;
use super::query::{ApiVersion, Id, Key, Kind, Links, Paging, Query, Sort};
use super::rows::{self, Message, Wanted};
use super::validator::Validator;
use crate::App;

/// Messages about a module build and its components.
#[handler]
pub async fn of_module(
    app: Data<&App>,
    cache: Data<&Arc<Cache>>,
    version: ApiVersion,
    id: Id,
    query: Query,
    origin: &Origin,
    validator: Validator,
) -> Result<Response, Failure> {
    let revision = rows::of_build(&app.db, id.0, false).await?;
    let revision = revision.ok_or_else(|| Failure::not_found("No such module found."))?;
    let url = origin.url(&version.path(&format!("/module-builds/{}/messages", id.0)));
    let asked = Asked { of: Column::ModuleBuildId.eq(id.0), revision, url };
    list(&app, &cache, asked, &query, &validator).await
}

/// Messages about a component.
#[handler]
pub async fn of_component(
    app: Data<&App>,
    cache: Data<&Arc<Cache>>,
    version: ApiVersion,
    id: Id,
    query: Query,
    origin: &Origin,
    validator: Validator,
) -> Result<Response, Failure> {
    let revision = rows::of_component(&app.db, id.0).await?;
    let revision = revision.ok_or_else(|| Failure::not_found("No such component found."))?;
    let url = origin.url(&version.path(&format!("/component-builds/{}/messages", id.0)));
    let asked = Asked { of: Column::ComponentBuildId.eq(id.0), revision, url };
    list(&app, &cache, asked, &query, &validator).await
}

/// Which messages.
struct Asked {
    of: Expr,
    /// The last change of the module build.
    revision: i64,
    url: String,
}

async fn list(
    app: &App,
    cache: &Cache,
    asked: Asked,
    query: &Query,
    validator: &Validator,
) -> Result<Response, Failure> {
    let newest = vec![Key::new("time_created", Column::TimeCreated, Kind::Time)];
    let sort = Sort::by(newest, Column::Id, Order::Desc);
    let paging = Paging::of(query, &sort, app.db.get_database_backend())?;
    if let Some(known) = validator.known(cache, asked.revision) {
        return Ok(known);
    }
    let wanted = Wanted { filter: vec![asked.of], base_module: None, sort, paging, links: Links::bare(asked.url) };
    let page = rows::page(&app.db, cache, &rows::MESSAGES, &wanted, rows::message).await?;
    let items: Vec<_> = page.rows.iter().map(written).collect::<Result<_, _>>()?;
    let body = answer::list("messages", items.iter().map(String::as_str), &page.meta)?;
    Ok(validator.answer(cache, asked.revision, body))
}

/// A message in JSON.
#[derive(Serialize)]
struct Shown<'a> {
    id: i32,
    time_created: String,
    message: &'a str,
}

fn written(row: &Message) -> Result<String, Failure> {
    answer::written(&Shown { id: row.id, time_created: timestamp(row.time_created), message: &row.text })
}
