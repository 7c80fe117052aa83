//! Module builds.

use std::collections::HashMap;

use entities::module_build::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, Iterable, QueryFilter, QuerySelect, Select};

use super::ids::one_of;

/// Selects builds as [`entities::module_build::Model`]. The document, by far the longest column, is read where it is shown and
/// is an empty text otherwise.
pub fn select(with_document: bool) -> Select<Entity> {
    Column::iter().fold(Entity::find().select_only(), |select, column| match column {
        Column::Modulemd if !with_document => select.expr_as(Expr::cust("''"), "modulemd"),
        column => select.column(column),
    })
}

/// Documents by the ids of the builds.
pub async fn documents(db: &DatabaseConnection, builds: &[i32]) -> Result<HashMap<i32, String>, DbErr> {
    let of_builds = one_of(Column::Id.into_expr(), builds, db.get_database_backend());
    let select = Entity::find().select_only().columns([Column::Id, Column::Modulemd]).filter(of_builds);
    let rows: Vec<(i32, String)> = select.into_tuple().all(db).await?;
    Ok(rows.into_iter().collect())
}
