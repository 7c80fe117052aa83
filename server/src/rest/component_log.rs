//! `GET …/component-builds/{id}/log?offset=N`: the log of a component, also while it is written.

use std::io::{ErrorKind, SeekFrom};
use std::path::PathBuf;

use builders::rpmbuild::log_path;
use entities::{component_build, module_build};
use poem::http::header;
use poem::web::Data;
use poem::{Body, Response, handler};
use sea_orm::{EntityTrait, JoinType, QuerySelect, RelationTrait};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::failure::Failure;
use super::query::{Id, Query};
use crate::App;

/// Where the answer ends in the log, in bytes: the `offset` to ask for next.
const LOG_OFFSET: &str = "x-log-offset";

/// What the log of the newest attempt holds from byte `offset` on; nothing while there is no more of it.
#[handler]
pub async fn read(app: Data<&App>, id: Id, query: Query) -> Result<Response, Failure> {
    let offset = match query.given("offset").map(str::parse::<u64>) {
        None => 0,
        Some(Ok(offset)) => offset,
        Some(Err(_)) => return Err(Failure::invalid("The \"offset\" parameter takes a number of bytes")),
    };
    let missing = || Failure::not_found("This component has no log.");
    let path = path(&app, id.0).await?.ok_or_else(missing)?;
    let mut file = match File::open(&path).await {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) => return Err(missing()),
        Err(error) => return Err(Failure::internal(format!("cannot open {}: {error}", path.display()))),
    };
    let unreadable = |error: std::io::Error| Failure::internal(format!("cannot read {}: {error}", path.display()));
    let length = file.metadata().await.map_err(unreadable)?.len();
    let start = offset.min(length);
    file.seek(SeekFrom::Start(start)).await.map_err(unreadable)?;
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(LOG_OFFSET, length)
        // It may grow meanwhile; the rest is the next answer's.
        .body(Body::from_async_read(file.take(length - start))))
}

/// Where the `rpmbuild` builder writes the log, once the module has a tag.
pub(crate) async fn path(app: &App, id: i32) -> Result<Option<PathBuf>, Failure> {
    let found: Option<(String, Option<String>)> = component_build::Entity::find_by_id(id)
        .select_only()
        .column(component_build::Column::Package)
        .column(module_build::Column::KojiTag)
        .join(JoinType::InnerJoin, component_build::Relation::Module.def())
        .into_tuple()
        .one(&app.db)
        .await?;
    let (package, tag) = found.ok_or_else(|| Failure::not_found("No such component found."))?;
    // Rows of other services may hold anything; a path is made of plain names only.
    let tag = tag.filter(|tag| is_plain(tag) && is_plain(&package));
    Ok(tag.map(|tag| log_path(&app.config.folders.results, &tag, &package)))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0'])
}
