//! `…/module-builds/`: module builds.

mod patch;
mod post;
mod view;

use entities::module_build;
use poem::web::Data;
use poem::{Response, handler};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::json;

pub use patch::change;
pub use post::submit;

use super::answer;
use super::failure::Failure;
use super::origin::Origin;
use super::query::{ApiVersion, Id, Paging, Query, module_build_filter, module_build_order, page, refuse_id};
use super::rows;
use crate::App;
use view::{Detail, View};

/// Module builds, newest first. `verbose` shows everything, `short` only what identifies a build.
#[handler]
pub async fn list(app: Data<&App>, version: ApiVersion, query: Query, origin: &Origin) -> Result<Response, Failure> {
    refuse_id(&query, origin, version, "module-builds")?;
    let filter = module_build_filter(&query, &app.config, app.db.get_database_backend())?;
    let order = module_build_order(&query)?;
    let view = View { detail: Detail::of(&query), origin, version };
    let select = rows::module_builds(view.detail == Detail::Verbose);
    let page = page::<_, module_build::Model>(&app.db, select, filter, order, Paging::of(&query)).await?;
    let items = view.bodies(&app.db, &page.rows).await?;
    let url = origin.url(&version.path("/module-builds/"));
    Ok(answer::shared(&json!({ "items": items, "meta": page.meta(&url, query.pairs()) })))
}

/// One module build.
#[handler]
pub async fn show(
    app: Data<&App>,
    version: ApiVersion,
    id: Id,
    query: Query,
    origin: &Origin,
) -> Result<Response, Failure> {
    refuse_id(&query, origin, version, "module-builds")?;
    let view = View { detail: Detail::of(&query), origin, version };
    let select = rows::module_builds(view.detail == Detail::Verbose).filter(module_build::Column::Id.eq(id.0));
    let found = select.into_model::<module_build::Model>().one(&app.db).await?;
    let found = found.ok_or_else(|| Failure::not_found("No such module found."))?;
    Ok(answer::shared(&view.body(&app.db, &found).await?))
}
