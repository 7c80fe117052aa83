//! `idempotency_keys` (ours): submissions that their clients named, so that one that is repeated is answered and not done again.
//!
//! The row is written by the transaction that makes the builds: either both are there or neither is. What was answered is added
//! when it is known; should the process die before that, it is made again from the builds.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ConnectionTrait, Set};

/// A row of `idempotency_keys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Who submitted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner: String,
    /// The client's name for the submission.
    #[sea_orm(primary_key, auto_increment = false)]
    pub idempotency_key: String,
    /// SHA-256 of what was submitted, 64 hexadecimal digits.
    pub fingerprint: String,
    /// JSON list of the ids of its builds, in the order in which they are answered.
    pub build_ids: String,
    /// Body of the answer, JSON; `None` until it was made.
    pub answer: Option<String>,
    /// When (UTC).
    pub time_created: DateTime,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The submission that `owner` named `key`.
pub async fn find<C: ConnectionTrait>(db: &C, owner: &str, key: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id((owner.to_owned(), key.to_owned())).one(db).await
}

/// Takes the key for a submission; false if somebody has it. Waits for a transaction that is about to take it.
pub async fn take<C: ConnectionTrait>(
    tx: &C,
    now: DateTime,
    owner: &str,
    key: &str,
    fingerprint: &str,
) -> Result<bool, DbErr> {
    let row = ActiveModel {
        owner: Set(owner.to_owned()),
        idempotency_key: Set(key.to_owned()),
        fingerprint: Set(fingerprint.to_owned()),
        build_ids: Set("[]".to_owned()),
        answer: Set(None),
        time_created: Set(now),
    };
    let taken = OnConflict::columns([Column::Owner, Column::IdempotencyKey]).do_nothing().to_owned();
    Ok(Entity::insert(row).on_conflict(taken).exec_without_returning(tx).await? > 0)
}

/// Notes the builds of a submission.
pub async fn set_builds<C: ConnectionTrait>(tx: &C, owner: &str, key: &str, builds: &[i32]) -> Result<(), DbErr> {
    let ids = serde_json::json!(builds).to_string();
    of(owner, key).col_expr(Column::BuildIds, Expr::value(ids)).exec(tx).await?;
    Ok(())
}

/// Notes what is answered; false if there is an answer already, which counts then.
pub async fn set_answer<C: ConnectionTrait>(db: &C, owner: &str, key: &str, answer: &str) -> Result<bool, DbErr> {
    let change = of(owner, key).col_expr(Column::Answer, Expr::value(answer)).filter(Column::Answer.is_null());
    Ok(change.exec(db).await?.rows_affected > 0)
}

fn of(owner: &str, key: &str) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many().filter(Column::Owner.eq(owner)).filter(Column::IdempotencyKey.eq(key))
}
