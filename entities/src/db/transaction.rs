//! A transaction that is noticed when it does not end with a commit.

use std::mem::take;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::sea_query::{CommonTableExpression, DeleteStatement, InsertStatement, WithClause};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _, ExecResult, QueryResult, QueryTrait as _,
    Statement,
};

use super::{Turn, events};
use crate::{component_build_trace, outbox};

/// Rows in one statement; databases bound the number of values.
const AT_ONCE: usize = 1000;

/// A transaction; it is rolled back unless it is committed.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    open: Open,
    later: Mutex<Later>,
    /// Given up last.
    turn: Turn,
}

/// What nobody reads before the commit: written right before it, the rows of a table in one statement, and on PostgreSQL all of it
/// in one round trip. Others may wait for this transaction.
#[derive(Debug, Default)]
struct Later {
    traces: Vec<component_build_trace::ActiveModel>,
    messages: Vec<outbox::ActiveModel>,
    rest: Vec<Write>,
}

/// A statement that is run with the commit.
#[derive(Debug)]
pub(crate) enum Write {
    Insert(InsertStatement),
    Delete(DeleteStatement),
}

impl Later {
    fn into_writes(self) -> Vec<Write> {
        let traces = self
            .traces
            .chunks(AT_ONCE)
            .map(|some| Write::Insert(component_build_trace::Entity::insert_many(some.to_vec()).into_query()));
        let messages = self
            .messages
            .chunks(AT_ONCE)
            .map(|some| Write::Insert(outbox::Entity::insert_many(some.to_vec()).into_query()));
        traces.chain(messages).chain(self.rest).collect()
    }
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
        Self { inner, open: Open { committed: false }, later: Mutex::default(), turn }
    }

    /// A step in the history of a component, written with the commit.
    pub(crate) fn trace(&self, step: component_build_trace::ActiveModel) {
        self.later().traces.push(step);
    }

    /// A message, written with the commit; messages keep their order.
    pub(crate) fn tell(&self, message: outbox::ActiveModel) {
        self.later().messages.push(message);
    }

    /// Another change, written with the commit. It must not depend on others of them.
    pub(crate) fn write_later(&self, write: Write) {
        self.later().rest.push(write);
    }

    fn later(&self) -> MutexGuard<'_, Later> {
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write_rest(&self) -> Result<(), DbErr> {
        let later = take(&mut *self.later());
        let fits = later.traces.len().max(later.messages.len()) <= AT_ONCE;
        let writes = later.into_writes();
        if fits && writes.len() > 1 && self.get_database_backend() == DbBackend::Postgres {
            return self.write_at_once(writes).await;
        }
        for write in writes {
            match write {
                Write::Insert(insert) => self.inner.execute(&insert).await?,
                Write::Delete(delete) => self.inner.execute(&delete).await?,
            };
        }
        Ok(())
    }

    async fn write_at_once(&self, mut writes: Vec<Write>) -> Result<(), DbErr> {
        let Some(last) = writes.pop() else { return Ok(()) };
        let mut all = WithClause::new();
        for (number, write) in writes.into_iter().enumerate() {
            let mut part = CommonTableExpression::new();
            part.table_name(format!("part_{number}"));
            match write {
                Write::Insert(insert) => part.query(insert),
                Write::Delete(delete) => part.query(delete),
            };
            all.cte(part);
        }
        let all = match last {
            Write::Insert(insert) => all.query(insert),
            Write::Delete(delete) => all.query(delete),
        };
        self.inner.execute(&all).await?;
        Ok(())
    }

    /// Makes everything that was done in it visible.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.write_rest().await?;
        let Self { inner, mut open, turn: _turn, .. } = self;
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
