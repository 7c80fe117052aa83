//! `log_messages`: what happened to a build, in sentences.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, Set};

/// A row of `log_messages`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "log_messages")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The component it is about, if it is about one.
    pub component_build_id: Option<i32>,
    /// The module build it is about.
    pub module_build_id: i32,
    /// The sentence.
    pub message: String,
    /// When (UTC).
    pub time_created: DateTime,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Adds a sentence to the log of a module build.
pub async fn write<C: ConnectionTrait>(
    db: &C,
    now: DateTime,
    module_build_id: i32,
    sentence: &str,
) -> Result<(), DbErr> {
    let message = ActiveModel {
        module_build_id: Set(module_build_id),
        message: Set(sentence.to_owned()),
        time_created: Set(now),
        ..Default::default()
    };
    Entity::insert(message).exec_without_returning(db).await?;
    Ok(())
}

/// Adds a sentence about each of these components to the log of a module build: row id and sentence.
pub async fn write_about_components<C: ConnectionTrait>(
    db: &C,
    now: DateTime,
    module_build_id: i32,
    sentences: impl IntoIterator<Item = (i32, String)>,
) -> Result<(), DbErr> {
    let message = |(component, message)| ActiveModel {
        component_build_id: Set(Some(component)),
        module_build_id: Set(module_build_id),
        message: Set(message),
        time_created: Set(now),
        ..Default::default()
    };
    let messages: Vec<_> = sentences.into_iter().map(message).collect();
    // SQLite takes a bounded number of values.
    for some in messages.chunks(1000) {
        Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}
