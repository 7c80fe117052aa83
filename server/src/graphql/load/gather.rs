//! What many objects of one answer need, read at once.
//!
//! All fields of an answer are resolved by one task. So whoever needs something says so, and lets the others go on: when it is polled
//! again, every other object has said what it needs, too. No timer is involved, so the number of statements does not depend on how
//! busy a machine is. What was read is kept until the answer is complete.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Error;
use tokio::sync::OnceCell;

/// Reads values by their keys.
pub trait Source<K>: Sync {
    /// What is found.
    type Value: Clone + Send + Sync + 'static;

    /// Reads those of many keys; some may have none.
    fn read(&self, keys: Vec<K>) -> impl Future<Output = Result<HashMap<K, Self::Value>, Error>> + Send;
}

type Outcome<K, V> = Arc<OnceCell<Result<HashMap<K, V>, Error>>>;

/// Keys that were asked for, in rounds: each round is one reading.
pub struct Gather<K, V>(Mutex<State<K, V>>);

struct State<K, V> {
    /// In which round each key is read.
    rounds: HashMap<K, Outcome<K, V>>,
    /// Keys of the round that has not begun.
    waiting: Vec<K>,
    next: Outcome<K, V>,
}

impl<K, V> Default for Gather<K, V> {
    fn default() -> Self {
        Self(Mutex::new(State { rounds: HashMap::new(), waiting: Vec::new(), next: Outcome::default() }))
    }
}

impl<K: Clone + Eq + Hash + Send + Sync, V: Clone + Send + Sync> Gather<K, V> {
    /// The value of a key, if it has one.
    pub async fn load<S: Source<K, Value = V>>(&self, source: &S, key: K) -> Result<Option<V>, Error> {
        let outcome = self.ask_for(&key);
        if !outcome.initialized() {
            tokio::task::yield_now().await;
        }
        // Boxed, as every field of every object has room for what is waited for here.
        let found = outcome.get_or_init(async || Box::pin(source.read(self.begin())).await).await;
        match found {
            Ok(found) => Ok(found.get(&key).cloned()),
            Err(error) => Err(error.clone()),
        }
    }

    /// Forgets what was read: the next answer reads anew.
    pub fn forget(&self) {
        *self.state() = State { rounds: HashMap::new(), waiting: Vec::new(), next: Outcome::default() };
    }

    fn ask_for(&self, key: &K) -> Outcome<K, V> {
        let mut state = self.state();
        if let Some(outcome) = state.rounds.get(key) {
            return Arc::clone(outcome);
        }
        let outcome = Arc::clone(&state.next);
        state.rounds.insert(key.clone(), Arc::clone(&outcome));
        state.waiting.push(key.clone());
        outcome
    }

    /// Whoever comes from now on is in the next round.
    fn begin(&self) -> Vec<K> {
        let mut state = self.state();
        state.next = Outcome::default();
        std::mem::take(&mut state.waiting)
    }

    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    struct Doubles(AtomicUsize);

    impl Source<u32> for Doubles {
        type Value = u32;

        async fn read(&self, keys: Vec<u32>) -> Result<HashMap<u32, u32>, Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(keys.into_iter().filter(|key| *key != 7).map(|key| (key, 2 * key)).collect())
        }
    }

    #[tokio::test]
    async fn any_number_of_keys_is_one_reading_and_none_is_read_twice() {
        let (source, gather) = (Doubles(AtomicUsize::new(0)), Gather::default());
        let found = join_all((0..2000).map(|key| gather.load(&source, key % 1000))).await;
        assert_eq!(found[1003].as_ref().unwrap(), &Some(6));
        assert_eq!(found[7].as_ref().unwrap(), &None);
        assert_eq!(source.0.load(Ordering::SeqCst), 1);
        assert_eq!(gather.load(&source, 5).await.unwrap(), Some(10));
        assert_eq!(source.0.load(Ordering::SeqCst), 1, "what is known is not read again");
        assert_eq!(gather.load(&source, 5000).await.unwrap(), Some(10_000));
        assert_eq!(source.0.load(Ordering::SeqCst), 2);
    }
}
