//! `slot_owners` (ours): when each owner of builds was given a slot last, so that owners take turns.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, Set};

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

/// Notes that a component of `owner` was started.
pub async fn served<C: ConnectionTrait>(tx: &C, owner: &str, now: DateTime) -> Result<(), DbErr> {
    let row = ActiveModel { owner: Set(owner.to_owned()), last_start: Set(now) };
    let again = OnConflict::column(Column::Owner).update_column(Column::LastStart).to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}
