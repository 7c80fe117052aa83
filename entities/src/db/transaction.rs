//! A transaction that is noticed when it does not end with a commit.

use std::ops::Deref;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::{Turn, events};

/// A transaction; it is rolled back unless it is committed.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    open: Open,
    /// Given up last.
    turn: Turn,
}

/// Counts a rollback when it is dropped, unless the transaction was committed.
#[derive(Debug)]
struct Open {
    committed: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.committed {
            events::rolled_back();
        }
    }
}

impl Transaction {
    pub(super) fn new(inner: DatabaseTransaction, turn: Turn) -> Self {
        Self { inner, open: Open { committed: false }, turn }
    }

    /// Makes everything that was done in it visible.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self { inner, mut open, turn: _turn } = self;
        let ended = inner.commit().await;
        open.committed = ended.is_ok();
        if ended.is_err() {
            events::failed();
        }
        ended
    }

    /// Undoes everything that was done in it.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

impl Deref for Transaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(statement).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }
}
