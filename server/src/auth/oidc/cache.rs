//! Tokens that were looked at before. Kept are hashes: who reads the memory of the service gets no tokens from here.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entities::clock::Clock;
use sha2::{Digest, Sha256};

use super::Refusal;
use crate::auth::Known;

/// Who a token belongs to, as just heard from the provider.
pub struct Fresh {
    pub known: Known,
    /// When the token ends, if that was said.
    pub expires: Option<DateTime<Utc>>,
}

#[derive(Clone)]
struct Entry {
    known: Known,
    expires: Option<DateTime<Utc>>,
    /// The clock of the host may be set back; this one is not.
    heard: Instant,
}

/// Bounded; what was not asked for lately goes first. Only tokens that are good are kept.
pub struct Cache {
    entries: quick_cache::sync::Cache<[u8; 32], Entry>,
    time: Duration,
    patience: Duration,
}

impl Cache {
    /// Keeps up to `size` tokens for up to `time` each. Nobody waits for somebody else's answer longer than `patience`.
    pub fn new(size: usize, time: Duration, patience: Duration) -> Self {
        Self { entries: quick_cache::sync::Cache::new(size), time, patience }
    }

    /// Who the token belongs to. If it has to be looked at, many who ask at the same time wait for one answer.
    pub async fn get<F>(&self, token: &str, clock: &Clock, look: impl FnOnce() -> F) -> Result<Known, Refusal>
    where
        F: Future<Output = Result<Fresh, Refusal>>,
    {
        let key: [u8; 32] = Sha256::digest(token).into();
        match self.entries.get(&key) {
            Some(entry) if self.is_good(&entry, clock) => return Ok(entry.known),
            Some(entry) => {
                // Unless somebody else has looked meanwhile.
                self.entries.remove_if(&key, |kept| kept.heard == entry.heard);
            }
            None => {}
        }
        // Where nobody answers, those who wait would otherwise do so one after another.
        let waiting = tokio::time::timeout(self.patience, self.entries.get_value_or_guard_async(&key));
        let place = match waiting.await {
            Ok(Ok(entry)) => return Ok(entry.known),
            Ok(Err(place)) => place,
            Err(_) => return Err(Refusal::Provider("it was asked already, and did not answer in time".to_owned())),
        };
        let heard = Instant::now();
        let Fresh { known, expires } = look().await?;
        if !self.time.is_zero() {
            let _made_room_meanwhile = place.insert(Entry { known: known.clone(), expires, heard });
        }
        Ok(known)
    }

    fn is_good(&self, entry: &Entry, clock: &Clock) -> bool {
        entry.heard.elapsed() < self.time && entry.expires.is_none_or(|expires| clock.utc() < expires)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::auth::User;

    struct Provider {
        asked: AtomicU32,
        expires: Option<DateTime<Utc>>,
    }

    impl Provider {
        async fn look(&self) -> Result<Fresh, Refusal> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            let user = User { name: "alice".to_owned(), groups: vec![] };
            Ok(Fresh { known: Known::fully(user, "oidc"), expires: self.expires })
        }
    }

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn many_who_ask_at_once_are_one_question() {
        let (cache, clock) = (Cache::new(10, HOUR, HOUR), Clock::system());
        let provider = Provider { asked: AtomicU32::new(0), expires: None };
        let all = (0..20).map(|_| cache.get("token", &clock, || provider.look()));
        assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
        assert_eq!(provider.asked.load(Ordering::Relaxed), 1);
        cache.get("other", &clock, || provider.look()).await.unwrap();
        assert_eq!(provider.asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn nothing_is_kept_beyond_its_end() {
        let clock = Clock::system();
        let now = clock.utc();
        for (time, expires) in [(HOUR, Some(now)), (Duration::ZERO, None)] {
            let cache = Cache::new(10, time, HOUR);
            let provider = Provider { asked: AtomicU32::new(0), expires };
            for asked in 1..=3 {
                cache.get("token", &clock, || provider.look()).await.unwrap();
                assert_eq!(provider.asked.load(Ordering::Relaxed), asked);
            }
        }
    }

    #[tokio::test]
    async fn no_more_are_kept_than_were_asked_for() {
        let (cache, clock) = (Cache::new(16, HOUR, HOUR), Clock::system());
        let provider = Provider { asked: AtomicU32::new(0), expires: None };
        for number in 0..1000 {
            cache.get(&number.to_string(), &clock, || provider.look()).await.unwrap();
        }
        assert!(cache.entries.len() <= 16, "{}", cache.entries.len());
    }

    #[tokio::test]
    async fn nobody_waits_longer_for_somebody_elses_answer() {
        let (cache, clock) = (Cache::new(10, HOUR, Duration::from_millis(1)), Clock::system());
        let never = cache.get("token", &clock, std::future::pending);
        let meanwhile = cache.get("token", &clock, || async { panic!("it is being asked already") });
        let refused = tokio::select! {
            biased;
            _ = never => panic!("it never answers"),
            refused = meanwhile => refused,
        };
        assert!(matches!(refused, Err(Refusal::Provider(_))));
    }

    #[tokio::test]
    async fn refusals_are_not_kept() {
        let (cache, clock) = (Cache::new(10, HOUR, HOUR), Clock::system());
        let refuse = || async { Err(Refusal::Token("no".to_owned())) };
        cache.get("token", &clock, refuse).await.unwrap_err();
        let provider = Provider { asked: AtomicU32::new(0), expires: None };
        cache.get("token", &clock, || provider.look()).await.unwrap();
    }
}
