//! `slot_owners` (ours): when each owner of builds was given a slot last, so that owners take turns.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryTrait as _, Set};

use crate::db::{Transaction, Write};

/// A row of `slot_owners`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "slot_owners")]
pub struct Model {
    /// `module_builds.owner`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner: String,
    /// When a component of theirs was started last (UTC).
    pub last_start: DateTime,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Notes, with the commit, that components of these owners were started.
pub fn served(tx: &Transaction, owners: impl IntoIterator<Item = String>, now: DateTime) {
    let row = |owner| ActiveModel { owner: Set(owner), last_start: Set(now) };
    let rows: Vec<_> = owners.into_iter().map(row).collect();
    if !rows.is_empty() {
        let again = OnConflict::column(Column::Owner).update_column(Column::LastStart).to_owned();
        tx.write_later(Write::Insert(Entity::insert_many(rows).on_conflict(again).into_query()));
    }
}
