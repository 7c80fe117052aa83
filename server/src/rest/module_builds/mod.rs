//! `…/module-builds/`: module builds.

mod fragments;
mod patch;
mod post;
mod progress;
mod retry;
mod view;

use std::sync::Arc;

use poem::web::Data;
use poem::{Response, handler};

pub use patch::change;
pub use post::submit;
pub use progress::show_progress;
pub use retry::try_again;
pub use view::Detail;

use super::answer;
use super::cache::Cache;
use super::failure::Failure;
use super::origin::Origin;
use super::query::{
    ApiVersion, Id, Links, Paging, Query, base_module, module_build_filter, module_build_order, refuse_id,
};
use super::rows::{self, Wanted};
use super::validator::Validator;
use crate::App;
use fragments::Fragments;

/// Module builds, newest first. `verbose` shows everything, `short` only what identifies a build.
#[handler]
pub async fn list(
    app: Data<&App>,
    cache: Data<&Arc<Cache>>,
    version: ApiVersion,
    query: Query,
    origin: &Origin,
    validator: Validator,
) -> Result<Response, Failure> {
    refuse_id(&query, origin, version, "module-builds")?;
    let backend = app.db.get_database_backend();
    let filter = module_build_filter(&query, &app.config, backend)?;
    let base_module = base_module(&query)?;
    let sort = module_build_order(&query)?;
    let paging = Paging::of(&query, &sort, backend)?;
    if let Some(known) = validator.known(&cache, cache.revision(&app.db).await?) {
        return Ok(answer::shared(known));
    }
    let detail = Detail::of(&query);
    let is_verbose = detail == Detail::Verbose;
    let listing = if is_verbose { rows::BUILDS_AND_BASE_MODULES } else { rows::BUILDS };
    let links = Links::new(origin.url(&version.path("/module-builds/")), &query);
    let wanted = Wanted { filter, base_module, sort, paging, links };
    let page = rows::page(&app.db, &cache, &listing, &wanted, |row| rows::id_and_revision(row, is_verbose)).await?;
    let fragments = Fragments { db: &app.db, cache: &cache, detail, origin, version };
    let body = fragments.list(&page.rows, &page.meta).await?;
    Ok(answer::shared(validator.answer(&cache, page.revision, body)))
}

/// One module build.
#[handler]
pub async fn show(
    app: Data<&App>,
    cache: Data<&Arc<Cache>>,
    version: ApiVersion,
    id: Id,
    query: Query,
    origin: &Origin,
    validator: Validator,
) -> Result<Response, Failure> {
    refuse_id(&query, origin, version, "module-builds")?;
    let missing = || Failure::not_found("No such module found.");
    let detail = Detail::of(&query);
    let revision = rows::of_build(&app.db, id.0, detail == Detail::Verbose).await?.ok_or_else(missing)?;
    if let Some(known) = validator.known(&cache, revision) {
        return Ok(answer::shared(known));
    }
    let fragments = Fragments { db: &app.db, cache: &cache, detail, origin, version };
    let body = fragments.one(id.0, revision).await?.ok_or_else(missing)?;
    Ok(answer::shared(validator.answer(&cache, revision, body)))
}
