//! `api_tokens` (ours): tokens that users make for their scripts. What is kept is enough to recognize a token, and not to make one.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, Order};
use sea_orm::{ConnectionTrait, QueryOrder};

/// A row of `api_tokens`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    /// Its number, which is also part of the token.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Whose it is.
    pub owner: String,
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the token, 64 hexadecimal digits.
    pub hash: String,
    /// JSON list of the groups that its owner was last seen with.
    pub groups_json: String,
    /// What it is good for, names with spaces between.
    pub scopes: String,
    /// When it was made (UTC).
    pub time_created: DateTime,
    /// When it ends.
    pub time_expires: DateTime,
    /// When it was last used, to the minute; `None` if never.
    pub time_last_used: Option<DateTime>,
    /// When its owner or an administrator took it back.
    pub time_revoked: Option<DateTime>,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether it is good at this time.
    pub fn is_good(&self, now: DateTime) -> bool {
        self.time_revoked.is_none() && now < self.time_expires
    }
}

/// All tokens of a user, the newest first.
pub async fn of_owner<C: ConnectionTrait>(db: &C, owner: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::Owner.eq(owner)).order_by(Column::Id, Order::Desc).all(db).await
}

/// How many tokens of a user are good.
pub async fn count_good<C: ConnectionTrait>(db: &C, owner: &str, now: DateTime) -> Result<u64, DbErr> {
    let good = Column::TimeRevoked.is_null().and(Column::TimeExpires.gt(now));
    Entity::find().filter(Column::Owner.eq(owner)).filter(good).count(db).await
}

/// Takes a token back, once.
pub async fn revoke<C: ConnectionTrait>(db: &C, id: i32, now: DateTime) -> Result<(), DbErr> {
    let change = Entity::update_many().col_expr(Column::TimeRevoked, Expr::value(now));
    change.filter(Column::Id.eq(id)).filter(Column::TimeRevoked.is_null()).exec(db).await?;
    Ok(())
}

/// Notes that a token was used.
pub async fn note_use<C: ConnectionTrait>(db: &C, id: i32, now: DateTime) -> Result<(), DbErr> {
    let change = Entity::update_many().col_expr(Column::TimeLastUsed, Expr::value(now));
    change.filter(Column::Id.eq(id)).exec(db).await?;
    Ok(())
}

/// Notes the groups that a user was seen with, where a token of the user has others.
pub async fn note_groups<C: ConnectionTrait>(db: &C, owner: &str, groups_json: &str) -> Result<(), DbErr> {
    let change = Entity::update_many().col_expr(Column::GroupsJson, Expr::value(groups_json));
    change.filter(Column::Owner.eq(owner)).filter(Column::GroupsJson.ne(groups_json)).exec(db).await?;
    Ok(())
}

/// Removes tokens that ended before a time; who has one is told the same without the row.
pub async fn remove_ended<C: ConnectionTrait>(db: &C, owner: &str, before: DateTime) -> Result<(), DbErr> {
    let ended = Column::TimeExpires.lt(before).or(Column::TimeRevoked.lt(before));
    Entity::delete_many().filter(Column::Owner.eq(owner)).filter(ended).exec(db).await?;
    Ok(())
}
