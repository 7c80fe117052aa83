//! A document of the provider that is kept: its metadata, its keys.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::Refusal;

/// After so long a document is fetched anew: a key that the provider has withdrawn is not believed for longer.
const OLDEST: Duration = Duration::from_mins(10);
/// After a failure nobody else tries for so long.
const PAUSE: Duration = Duration::from_secs(1);
/// So often within [`SPAN`] a newer document may be asked for: anybody can send tokens with keys that nobody knows.
const RENEWALS: usize = 5;
const SPAN: Duration = Duration::from_mins(1);

/// A document with what it takes to fetch it not more often than needed.
pub struct Document<T>(Mutex<State<T>>);

struct State<T> {
    kept: Option<(Arc<T>, Instant)>,
    failed: Option<(Instant, String)>,
    renewals: VecDeque<Instant>,
}

impl<T> Document<T> {
    /// Nothing is fetched yet.
    pub fn new() -> Self {
        Self(Mutex::new(State { kept: None, failed: None, renewals: VecDeque::new() }))
    }

    /// The document, at most ten minutes old.
    pub async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<T>, Refusal>
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        let mut state = self.0.lock().await;
        match &state.kept {
            Some((document, fetched)) if fetched.elapsed() < OLDEST => Ok(Arc::clone(document)),
            _ => state.fetch(fetch).await,
        }
    }

    /// A newer one than `known`; none if it was asked for too often.
    pub async fn newer<F>(&self, known: &Arc<T>, fetch: impl FnOnce() -> F) -> Result<Option<Arc<T>>, Refusal>
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        let mut state = self.0.lock().await;
        if let Some((document, _)) = &state.kept
            && !Arc::ptr_eq(document, known)
        {
            return Ok(Some(Arc::clone(document)));
        }
        if !state.may_renew() {
            return Ok(None);
        }
        state.fetch(fetch).await.map(Some)
    }
}

impl<T> State<T> {
    async fn fetch<F>(&mut self, fetch: impl FnOnce() -> F) -> Result<Arc<T>, Refusal>
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        // Whoever waited for somebody else's failure does not wait for a failure of its own.
        if let Some((failed, why)) = &self.failed
            && failed.elapsed() < PAUSE
        {
            return Err(Refusal::Provider(why.clone()));
        }
        match fetch().await {
            Ok(document) => {
                let document = Arc::new(document);
                self.kept = Some((Arc::clone(&document), Instant::now()));
                self.failed = None;
                Ok(document)
            }
            Err(refusal) => {
                self.failed = Some((Instant::now(), refusal.to_string()));
                Err(refusal)
            }
        }
    }

    fn may_renew(&mut self) -> bool {
        self.renewals.retain(|renewed| renewed.elapsed() < SPAN);
        let may = self.renewals.len() < RENEWALS;
        if may {
            self.renewals.push_back(Instant::now());
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_fetched_once_and_renewed_a_few_times() {
        let document = Document::new();
        let first = document.get(|| async { Ok(0) }).await.unwrap();
        assert_eq!(*document.get(|| async { panic!("it is there") }).await.unwrap(), 0);
        let mut known = Arc::clone(&first);
        for number in 1..=RENEWALS {
            known = document.newer(&known, || async { Ok(number) }).await.unwrap().unwrap();
            assert_eq!(*known, number);
        }
        assert!(document.newer(&known, || async { panic!("too often") }).await.unwrap().is_none());
        let newest = document.newer(&first, || async { panic!("it is there") }).await.unwrap();
        assert_eq!(newest.as_deref(), Some(&RENEWALS));
    }

    #[tokio::test]
    async fn who_waited_for_a_failure_shares_it() {
        let document = Document::<u8>::new();
        let fail = || async { Err(Refusal::Provider("down".to_owned())) };
        assert_eq!(document.get(fail).await.unwrap_err().to_string(), "down");
        let again = document.get(|| async { panic!("just failed") }).await.unwrap_err();
        assert_eq!(again.to_string(), "down");
    }
}
