//! The number of the last change, read once for all requests that wait for it at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::DbErr;
use tokio::sync::Mutex;

/// Readings of a number, one after the other. Whoever asks while one is under way may be told its result only if it began later than
/// they came: so all of them wait for the next one, and share it.
#[derive(Debug, Default)]
pub struct Newest {
    begun: AtomicU64,
    last: Mutex<Reading>,
}

#[derive(Debug, Default)]
struct Reading {
    /// Which one it was, from 1; 0 is none.
    number: u64,
    outcome: Option<Result<i64, Arc<DbErr>>>,
}

impl Newest {
    /// The number as it is now: read by `read`, or by somebody who began to read it after this was called.
    pub async fn read(&self, read: impl AsyncFnOnce() -> Result<i64, DbErr>) -> Result<i64, Arc<DbErr>> {
        let needed = self.begun.load(Ordering::SeqCst) + 1;
        let mut last = self.last.lock().await;
        if let Some(outcome) = last.outcome.as_ref().filter(|_| last.number >= needed) {
            return outcome.clone();
        }
        // Nothing is noted before there is an outcome: this request may be dropped while it waits.
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let outcome = read().await.map_err(Arc::new);
        *last = Reading { number, outcome: Some(outcome.clone()) };
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn who_comes_later_is_never_told_what_was_read_earlier() {
        let (newest, value, go) = (Newest::default(), AtomicI64::new(1), Notify::new());
        let slow = newest.read(async || {
            let read = value.load(Ordering::SeqCst);
            go.notified().await;
            Ok(read)
        });
        let others = async {
            value.store(2, Ordering::SeqCst);
            let read = async || Ok(value.fetch_add(1, Ordering::SeqCst));
            let (one, two, three, ()) =
                tokio::join!(newest.read(read), newest.read(read), newest.read(read), async { go.notify_one() });
            [one.unwrap(), two.unwrap(), three.unwrap()]
        };
        let (first, others) = tokio::join!(slow, others);
        assert_eq!((first.unwrap(), others), (1, [2, 2, 2]));
        assert_eq!(newest.read(async || Ok(value.load(Ordering::SeqCst))).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_reader_that_gives_up_and_one_that_fails_are_followed_by_the_next() {
        let newest = Newest::default();
        let dropped = newest.read(async || std::future::pending().await);
        tokio::select! {
            biased;
            _ = dropped => unreachable!("nobody answers"),
            () = std::future::ready(()) => {}
        }
        let fails = async || Err(DbErr::Custom("no".to_owned()));
        assert!(newest.read(fails).await.is_err());
        assert_eq!(newest.read(async || Ok(5)).await.unwrap(), 5);
    }
}
