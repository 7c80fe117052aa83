//! An answer that is shared for a second, however many ask for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// For how long an answer is good.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The last answer, and when it was known.
pub(super) struct Fresh<T>(Mutex<Option<(Instant, Arc<T>)>>);

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Fresh<T> {
    /// The last answer, or a new one by `find` if that is too old. Whoever asks meanwhile waits for the same one.
    pub async fn get(&self, find: impl Future<Output = T>) -> Arc<T> {
        let mut last = self.0.lock().await;
        if let Some((known, answer)) = last.as_ref()
            && known.elapsed() < GOOD_FOR
        {
            return Arc::clone(answer);
        }
        let answer = Arc::new(find.await);
        *last = Some((Instant::now(), Arc::clone(&answer)));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_at_once_share_one_answer() {
        let (fresh, asked) = (Fresh::default(), AtomicUsize::new(0));
        let find = || async {
            tokio::task::yield_now().await;
            asked.fetch_add(1, Ordering::SeqCst)
        };
        let answers = futures::future::join_all((0..100).map(|_| fresh.get(find()))).await;
        assert!(answers.iter().all(|answer| **answer == 0));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn who_leaves_while_asking_holds_nobody_up() {
        let fresh = Fresh::default();
        {
            let leaver = fresh.get(std::future::pending());
            futures::pin_mut!(leaver);
            assert!(futures::poll!(leaver).is_pending());
        }
        assert_eq!(*fresh.get(std::future::ready(7)).await, 7);
    }
}
