//! Module builds.

use std::collections::HashMap;

use entities::module_build::{Column, Entity, Model};
use entities::module_build_buildrequire as link;
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Query as Sql, SelectStatement};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, Iterable, QueryFilter, QueryResult, QuerySelect, Select,
};

use super::Listing;
use super::ids::one_of;
use super::page::FIRST;

/// Selects builds as [`entities::module_build::Model`]. The document, by far the longest column, is read where it is shown and
/// is an empty text otherwise.
pub fn select(with_document: bool) -> Select<Entity> {
    Column::iter().fold(Entity::find().select_only(), |select, column| match column {
        Column::Modulemd if !with_document => select.expr_as(Expr::cust("''"), "modulemd"),
        column => select.column(column),
    })
}

/// Builds by their ids.
pub async fn builds(db: &DatabaseConnection, ids: &[i32], with_documents: bool) -> Result<HashMap<i32, Model>, DbErr> {
    let of_ids = one_of(Column::Id.into_expr(), ids, db.get_database_backend());
    let rows = select(with_documents).filter(of_ids).into_model::<Model>().all(db).await?;
    Ok(rows.into_iter().map(|build| (build.id, build)).collect())
}

/// A list of builds: ids with numbers of changes.
pub const BUILDS: Listing = Listing { columns: &["id"], extras: revision, counted: Some("module_builds") };

/// The same where changes of base modules count, too.
pub const BUILDS_AND_BASE_MODULES: Listing = Listing {
    columns: &["id"],
    extras: |select| {
        revision(select);
        select.expr(of_base_modules());
    },
    counted: Some("module_builds"),
};

fn revision(select: &mut SelectStatement) {
    let mine = || Expr::col(("mine", "revision"));
    let its = Expr::col(("mine", "module_build_id")).equals(("page", "id"));
    select.expr(Func::coalesce([mine(), Expr::col(("revisions", "first_revision"))]));
    select.join_as(JoinType::LeftJoin, "module_build_revisions", "mine", its);
}

fn of_base_modules() -> SelectStatement {
    let theirs = Expr::col(("theirs", "module_build_id")).equals((link::Entity, link::Column::ModuleBuildrequireId));
    Sql::select()
        .expr(Expr::col(("theirs", "revision")).max())
        .from(link::Entity)
        .join_as(JoinType::InnerJoin, "module_build_revisions", "theirs", theirs)
        .and_where(Expr::col((link::Entity, link::Column::ModuleId)).equals(("page", "id")))
        .take()
}

/// Reads a build's id and the number of its last change from a row of [`BUILDS`] or [`BUILDS_AND_BASE_MODULES`].
pub fn id_and_revision(row: &QueryResult, with_base_modules: bool) -> Result<(i32, i64), DbErr> {
    let (id, own): (i32, i64) = (row.try_get_by_index(FIRST)?, row.try_get_by_index(FIRST + 1)?);
    let of_base_modules: Option<i64> = if with_base_modules { row.try_get_by_index(FIRST + 2)? } else { None };
    Ok((id, Ord::max(own, of_base_modules.unwrap_or(own))))
}

/// Documents by the ids of the builds.
pub async fn documents(db: &DatabaseConnection, builds: &[i32]) -> Result<HashMap<i32, String>, DbErr> {
    let of_builds = one_of(Column::Id.into_expr(), builds, db.get_database_backend());
    let select = Entity::find().select_only().columns([Column::Id, Column::Modulemd]).filter(of_builds);
    let rows: Vec<(i32, String)> = select.into_tuple().all(db).await?;
    Ok(rows.into_iter().collect())
}
