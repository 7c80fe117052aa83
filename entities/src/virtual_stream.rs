//! `virtual_streams`: names that stand for the latest of several streams of a base module.

use sea_orm::entity::prelude::*;

/// A row of `virtual_streams`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "virtual_streams")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The name, unique.
    #[sea_orm(unique)]
    pub name: String,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
