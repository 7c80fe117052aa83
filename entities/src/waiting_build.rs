//! `waiting_builds` (ours): builds with components that could start, if there were slots. Written by whoever decides for the build,
//! so it says what was so at the last decision; a build without a row wants nothing.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, QueryTrait as _, Set};

use crate::db::{Transaction, Write};

/// A row of `waiting_builds`.
#[derive(Clone, Copy, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "waiting_builds")]
pub struct Model {
    /// The module build.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_id: i32,
    /// How many of its components could start.
    pub ready: i32,
    /// How long the longest of them is expected to take, in seconds; 0 if nothing is known.
    pub longest: f64,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Notes, with the commit, what builds want from now on.
pub fn note(tx: &Transaction, rows: impl IntoIterator<Item = Model>) {
    let (nothing, something): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.ready == 0);
    if !something.is_empty() {
        let row = |row: Model| ActiveModel {
            module_id: Set(row.module_id),
            ready: Set(row.ready),
            longest: Set(row.longest),
        };
        let rows = something.into_iter().map(row);
        let again = OnConflict::column(Column::ModuleId).update_columns([Column::Ready, Column::Longest]).to_owned();
        tx.write_later(Write::Insert(Entity::insert_many(rows).on_conflict(again).into_query()));
    }
    if !nothing.is_empty() {
        let ids = nothing.into_iter().map(|row| row.module_id);
        tx.write_later(Write::Delete(Entity::delete_many().filter(Column::ModuleId.is_in(ids)).into_query()));
    }
}

/// The build wants nothing any more.
pub async fn forget<C: ConnectionTrait>(tx: &C, module_id: i32) -> Result<(), DbErr> {
    Entity::delete_by_id(module_id).exec(tx).await?;
    Ok(())
}
