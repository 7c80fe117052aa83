//! What happened on the connections of this process, counted from its start; operators see it in the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::DbErr;

static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
static ERRORS: AtomicU64 = AtomicU64::new(0);
static UNREACHABLE: AtomicU64 = AtomicU64::new(0);
static ROLLBACKS: AtomicU64 = AtomicU64::new(0);

/// Counts since the start of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// Connections taken from the pool: one a transaction, and one a statement outside of transactions.
    pub connections: u64,
    /// Statements and commits that the database refused or did not finish.
    pub errors: u64,
    /// Times that there was no connection to be had.
    pub unreachable: u64,
    /// Transactions that were rolled back, whether asked for or because they were dropped.
    pub rollbacks: u64,
}

/// The counts so far.
pub fn events() -> Events {
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Events {
        connections: read(&CONNECTIONS),
        errors: read(&ERRORS),
        unreachable: read(&UNREACHABLE),
        rollbacks: read(&ROLLBACKS),
    }
}

/// Notes an error that says that there was no connection; others are noted where they happen. For whoever turns database errors
/// into its own, so that each is noted once.
pub fn note_unreachable(error: &DbErr) {
    if super::is_unreachable(error) {
        count(&UNREACHABLE);
    }
}

pub(super) fn connection_taken() {
    count(&CONNECTIONS);
}

pub(super) fn failed() {
    count(&ERRORS);
}

pub(super) fn rolled_back() {
    count(&ROLLBACKS);
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
