//! `leases` (ours): who works on what right now.
//!
//! A worker claims a name such as `module:42` for a bounded time and renews it while it works. If it dies, the lease runs out and
//! another worker takes over. Every claim gets a higher token than all before (the fencing token); [`Lease::guard`] checks it
//! inside the transaction that records an outcome, so a worker that was only slow cannot overwrite its successor's work.

use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QuerySelect, Set};

/// A row of `leases`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leases")]
pub struct Model {
    /// What is worked on, e.g. `module:42`, `component:7`, `outbox`; or [`WORKER`] and a worker's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Who holds it: host, process and a random part.
    pub holder: String,
    /// Fencing token; grows with every claim.
    pub token: i64,
    /// When it runs out unless renewed (UTC).
    pub expires_at: DateTime,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A claim that this process holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    name: String,
    token: i64,
    /// Set where a transaction that gave it back was committed.
    given: Arc<OnceLock<()>>,
}

/// Somebody else has claimed the lease since.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Stop working on it; whatever was found out is no longer wanted.
    #[error("the lease on {0} was lost")]
    Lost(String),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Names that workers hold for being there begin with this; their own name follows.
pub const WORKER: &str = "worker:";

/// Claims `name` until `now + duration`; `None` while somebody else holds it.
pub async fn claim<C: ConnectionTrait>(
    db: &C,
    name: &str,
    holder: &str,
    now: DateTime,
    duration: TimeDelta,
) -> Result<Option<Lease>, DbErr> {
    let row = ActiveModel {
        name: Set(name.to_owned()),
        holder: Set(holder.to_owned()),
        // Old rows are forgotten; a row made anew has to begin above all tokens that it ever gave out.
        token: Set(now.and_utc().timestamp_micros()),
        expires_at: Set(now + duration),
    };
    let over_an_expired_one = OnConflict::column(Column::Name)
        .update_columns([Column::Holder, Column::ExpiresAt])
        .value(Column::Token, Expr::col((Entity, Column::Token)).add(1))
        .action_and_where(Expr::col((Entity, Column::ExpiresAt)).lte(now))
        .to_owned();
    let taken = Entity::insert_many([row]).on_conflict(over_an_expired_one).exec_with_returning(db).await;
    let taken = match taken {
        Err(DbErr::RecordNotInserted) => None,
        taken => taken?.into_iter().next(),
    };
    Ok(taken.map(|row| Lease { name: row.name, token: row.token, given: Arc::default() }))
}

impl Lease {
    /// What is leased.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its fencing token: one more than that of the claim before where that ran out, unless the row was forgotten in between; more
    /// where it was given back.
    pub fn token(&self) -> i64 {
        self.token
    }

    /// Holds it until `now + duration` instead.
    pub async fn renew<C: ConnectionTrait>(
        &self,
        db: &C,
        now: DateTime,
        duration: TimeDelta,
    ) -> Result<(), LeaseError> {
        let renewed = Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(now + duration))
            .filter(Column::Name.eq(&self.name))
            .filter(Column::Token.eq(self.token))
            .exec(db)
            .await?;
        self.lost_unless(renewed.rows_affected == 1)
    }

    /// Checks inside a transaction that the claim still stands, and keeps it from being taken over until the transaction ends.
    pub async fn guard(&self, tx: &DatabaseTransaction) -> Result<(), LeaseError> {
        let mut query = Entity::find_by_id(&self.name).filter(Column::Token.eq(self.token));
        if tx.get_database_backend() == DbBackend::Postgres {
            query = query.lock(LockType::Update);
        }
        // Without a limit of one row: SQLite prepares a statement with a bound limit anew each time.
        let rows = query.all(tx).await?;
        self.lost_unless(!rows.is_empty())
    }

    /// [`Lease::guard`] and [`Lease::release`] in one, for a transaction after which there is nothing left to do.
    pub async fn give_back(&self, tx: &DatabaseTransaction, now: DateTime) -> Result<(), LeaseError> {
        let given = Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(now))
            .col_expr(Column::Token, Expr::col(Column::Token).add(1))
            .filter(Column::Name.eq(&self.name))
            .filter(Column::Token.eq(self.token))
            .exec(tx)
            .await?;
        self.lost_unless(given.rows_affected == 1)
    }

    /// The transaction of [`Lease::give_back`] was committed: there is nothing left to release.
    pub fn note_given_back(&self) {
        let _again = self.given.set(());
    }

    /// Whether that was noted.
    pub fn was_given_back(&self) -> bool {
        self.given.get().is_some()
    }

    /// Gives it back, so that the next claim does not have to wait. The row stays: its token must go on growing, and grows with this,
    /// too. A renewal that was given up may still be on its way to the database, and must not find the lease any more.
    pub async fn release<C: ConnectionTrait>(&self, db: &C, now: DateTime) -> Result<(), DbErr> {
        Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(now))
            .col_expr(Column::Token, Expr::col(Column::Token).add(1))
            .filter(Column::Name.eq(&self.name))
            .filter(Column::Token.eq(self.token))
            .exec(db)
            .await?;
        Ok(())
    }

    /// Removes the row: for names that nobody claims again.
    pub async fn forget<C: ConnectionTrait>(&self, db: &C) -> Result<(), DbErr> {
        let own = Entity::delete_many().filter(Column::Name.eq(&self.name)).filter(Column::Token.eq(self.token));
        own.exec(db).await.map(|_| ())
    }

    fn lost_unless(&self, held: bool) -> Result<(), LeaseError> {
        if held { Ok(()) } else { Err(LeaseError::Lost(self.name.clone())) }
    }
}
