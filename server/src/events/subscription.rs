//! One client's place in the feed.

use std::collections::VecDeque;
use std::sync::Arc;

use entities::feed;
use futures::Stream;
use futures::stream::unfold;
use metrics::counter;
use sea_orm::DbErr;
use tokio::sync::watch;

use super::feed::{Shared, State};
use super::recent::After;
use super::{Event, Filter, Place};
use crate::monitor::EVENT_STREAMS_DROPPED;

/// Events taken at a time from what is remembered. A client that takes nothing holds as many.
const TAKEN: usize = 16;
/// Events read at a time from the database.
const PAGE: u64 = 100;

/// Why a subscription ended, or did not begin.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The client did not take events as fast as they came. It can subscribe again from `resume` on, and misses nothing.
    #[error("Events came faster than they were taken; go on with since={resume}")]
    TooSlow {
        /// The last event that it was given, or that was not for it.
        resume: i64,
    },
    /// Events that were asked for are no longer kept.
    #[error("Events after {since} are no longer kept; the oldest that is has number {oldest} (since={})", oldest - 1)]
    Gone {
        /// What was asked for.
        since: i64,
        /// The oldest that can be read.
        oldest: i64,
    },
    /// No event has this number yet.
    #[error("There is no event {since} yet; the newest has number {newest}")]
    Unknown {
        /// What was asked for.
        since: i64,
        /// The newest that can be read.
        newest: i64,
    },
    /// The database does not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Events of the feed, in their order, each once.
pub struct Subscription {
    shared: Arc<Shared>,
    changed: watch::Receiver<State>,
    filter: Filter,
    /// The last event that was looked at.
    position: i64,
    /// Was given something that the process remembers.
    live: bool,
    taken: VecDeque<Arc<Event>>,
    /// Held until the end.
    _place: Place,
}

impl Subscription {
    pub(super) fn new(
        shared: Arc<Shared>,
        changed: watch::Receiver<State>,
        place: Place,
        since: i64,
        filter: Filter,
    ) -> Self {
        Self { shared, changed, filter, position: since, live: false, taken: VecDeque::new(), _place: place }
    }

    /// Number of the last event that was given or passed over: what to resume from.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Waits for the next event that the filter lets through; `None` when the service ends. May be dropped while it waits, nothing is
    /// lost.
    pub async fn next(&mut self) -> Result<Option<Arc<Event>>, Lost> {
        loop {
            while let Some(event) = self.taken.pop_front() {
                self.position = event.number;
                if self.filter.lets_through(event.facts()) {
                    return Ok(Some(event));
                }
            }
            // Before it is looked: what comes after this is waited for.
            if self.changed.borrow_and_update().closed {
                return Ok(None);
            }
            match self.shared.after(self.position, TAKEN) {
                After::Events(events) => (self.live, self.taken) = (true, events),
                After::Forgotten if self.live => {
                    counter!(EVENT_STREAMS_DROPPED).increment(1);
                    return Err(Lost::TooSlow { resume: self.position });
                }
                After::Forgotten => self.taken = self.read_back().await?,
                After::Nothing => {
                    if self.changed.changed().await.is_err() {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// The same as a stream; ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Arc<Event>, Lost>> + Send {
        unfold(Some(self), async |subscription| {
            let mut subscription = subscription?;
            match subscription.next().await {
                Ok(event) => event.map(|event| (Ok(event), Some(subscription))),
                Err(lost) => Some((Err(lost), None)),
            }
        })
    }

    /// What is older than what the process remembers.
    async fn read_back(&self) -> Result<VecDeque<Arc<Event>>, Lost> {
        let _turn = self.shared.reading_back.acquire().await;
        let entries = feed::after(&self.shared.db, self.position, PAGE).await?;
        match entries.first() {
            Some(first) if first.number == self.position + 1 => {
                Ok(entries.into_iter().map(|entry| Arc::new(entry.into())).collect())
            }
            // Deleted while this client was on its way.
            _ => {
                let oldest = feed::bounds(&self.shared.db).await?.oldest;
                Err(Lost::Gone { since: self.position, oldest })
            }
        }
    }
}
