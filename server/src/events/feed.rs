//! The door to the feed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entities::feed::{self, Bounds};
use metrics::gauge;
use sea_orm::{DatabaseConnection, DbErr};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::AbortHandle;

use super::recent::{After, Recent};
use super::{Event, Filter, Lost, Subscription, reader};
use crate::config::Config;
use crate::monitor::EVENT_STREAMS;

/// Subscriptions that read older events from the database at the same time; the others wait.
const READING_BACK: usize = 4;
/// The feed is looked at so often, whoever rings.
const POLL: Duration = Duration::from_secs(1);
/// The same where the database says nothing by itself, and another process may have written.
const POLL_FILE: Duration = Duration::from_millis(200);

/// The feed of a process. Nothing is read while nobody subscribes.
pub struct Feed {
    shared: Arc<Shared>,
    address: String,
    poll: Duration,
    tasks: Mutex<Vec<AbortHandle>>,
    places: Arc<Places>,
    /// The process ends.
    closed: watch::Sender<bool>,
}

/// What the reader and all subscriptions share.
pub(super) struct Shared {
    pub(super) db: DatabaseConnection,
    recent: Mutex<Recent>,
    /// Changes when there is something new, and ends when the feed does.
    pub(super) changed: watch::Sender<State>,
    /// Something may be new.
    pub(super) bell: Arc<Notify>,
    /// A subscription has come.
    pub(super) wanted: Notify,
    pub(super) reading_back: Semaphore,
}

/// What subscriptions wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Number of the last event that was read.
    pub(super) last: i64,
    /// The process ends.
    pub(super) closed: bool,
}

impl Feed {
    /// Of the database that the options name.
    pub fn new(db: DatabaseConnection, config: &Config) -> Self {
        let limits = &config.events;
        let poll = if config.database.is_sqlite() { POLL_FILE } else { POLL };
        Self {
            shared: Arc::new(Shared {
                db,
                recent: Mutex::new(Recent::new(limits.memory)),
                changed: watch::Sender::new(State::default()),
                bell: Arc::default(),
                wanted: Notify::new(),
                reading_back: Semaphore::new(READING_BACK),
            }),
            address: config.database.url.to_string(),
            poll,
            tasks: Mutex::default(),
            places: Arc::new(Places::new(limits.subscribers, limits.subscribers_per_client)),
            closed: watch::Sender::new(false),
        }
    }

    /// To be rung by whoever gives out numbers in this process.
    pub fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.shared.bell)
    }

    /// Subscriptions end when this becomes true.
    pub fn ends_with(&self, mut shutdown: watch::Receiver<bool>) {
        let (shared, closed) = (Arc::clone(&self.shared), self.closed.clone());
        tokio::spawn(async move {
            if shutdown.wait_for(|ending| *ending).await.is_ok() {
                closed.send_replace(true);
                shared.changed.send_modify(|state| state.closed = true);
            }
        });
    }

    /// Waits until the process ends, also where nobody subscribes.
    pub async fn ended(&self) {
        let mut closed = self.closed.subscribe();
        // The sender lives as long as the feed.
        let _always = closed.wait_for(|closed| *closed).await.is_ok();
    }

    /// Whether the process ends; known before any subscription ends because of it.
    pub fn has_ended(&self) -> bool {
        *self.closed.borrow()
    }

    /// Makes room for a subscription of a client; the place is free again when what is returned is dropped.
    pub fn admit(&self, client: IpAddr) -> Result<Place, Crowded> {
        Places::take(&self.places, client)
    }

    /// The events after number `since` that `filter` lets through; without a number, those from now on. Fails where the number is
    /// older than what is kept, or was never given out.
    pub async fn subscribe(&self, place: Place, since: Option<i64>, filter: Filter) -> Result<Subscription, Lost> {
        // Before the feed is looked at: from here on the reader remembers what comes.
        let changed = self.shared.changed.subscribe();
        self.start();
        let bounds = self.bounds().await?;
        let since = Self::within(bounds, since)?;
        Ok(Subscription::new(Arc::clone(&self.shared), changed, place, since, filter))
    }

    /// At most `most` events after number `since`, whatever they are, and what can be read.
    pub async fn page(&self, since: Option<i64>, most: u64) -> Result<(Vec<Event>, Bounds), Lost> {
        let bounds = self.bounds().await?;
        // Without a number: from the oldest that is kept.
        let since = Self::within(bounds, Some(since.unwrap_or(bounds.oldest - 1)))?;
        let entries = feed::after(&self.shared.db, since, most).await?;
        Ok((entries.into_iter().map(Event::from).collect(), bounds))
    }

    async fn bounds(&self) -> Result<Bounds, DbErr> {
        feed::bounds(&self.shared.db).await
    }

    fn within(bounds: Bounds, since: Option<i64>) -> Result<i64, Lost> {
        match since {
            None => Ok(bounds.newest),
            Some(since) if since > bounds.newest => Err(Lost::Unknown { since, newest: bounds.newest }),
            Some(since) if since < bounds.oldest - 1 => Err(Lost::Gone { since, oldest: bounds.oldest }),
            Some(since) => Ok(since),
        }
    }

    /// Starts the reader with the first subscription.
    fn start(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.is_empty() {
            let (address, bell) = (self.address.clone(), self.bell());
            tasks.push(tokio::spawn(reader::read(Arc::clone(&self.shared), self.poll)).abort_handle());
            tasks.push(tokio::spawn(reader::hear(address, bell)).abort_handle());
        }
        self.shared.wanted.notify_one();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Shared {
    /// Nobody subscribes.
    pub(super) fn is_deserted(&self) -> bool {
        self.changed.receiver_count() == 0
    }

    pub(super) fn last(&self) -> i64 {
        self.recent().last()
    }

    pub(super) fn after(&self, number: i64, most: usize) -> After {
        self.recent().after(number, most)
    }

    /// Goes on after number `newest`; subscriptions look again.
    pub(super) fn wake_up(&self, newest: i64) {
        self.recent().begin_after(newest);
        self.changed.send_modify(|state| state.last = newest);
    }

    /// Forgets everything if nobody subscribes. Who comes after that finds nothing, and waits until the reader is awake.
    pub(super) fn fall_asleep(&self) -> bool {
        let mut recent = self.recent();
        let deserted = self.is_deserted();
        if deserted {
            recent.begin_after(0);
        }
        deserted
    }

    /// Remembers new events, and wakes all subscriptions.
    pub(super) fn push(&self, events: impl Iterator<Item = Event>) {
        let last = {
            let mut recent = self.recent();
            events.for_each(|event| recent.push(event));
            recent.last()
        };
        self.changed.send_modify(|state| state.last = last);
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// There is no room for another subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Crowded {
    /// This client has as many as it may have.
    #[error(
        "This client follows {0} streams of events already, which is the limit (EVENTS_MAX_SUBSCRIBERS_PER_CLIENT)"
    )]
    Client(usize),
    /// All clients together have.
    #[error("{0} streams of events are followed already, which is the limit (EVENTS_MAX_SUBSCRIBERS); try again later")]
    All(usize),
}

#[derive(Debug)]
struct Places {
    most: usize,
    most_per_client: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

impl Places {
    fn new(most: usize, most_per_client: usize) -> Self {
        Self { most, most_per_client, taken: Mutex::default() }
    }

    fn take(places: &Arc<Self>, client: IpAddr) -> Result<Place, Crowded> {
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(&client).copied().unwrap_or(0) >= places.most_per_client {
            return Err(Crowded::Client(places.most_per_client));
        }
        if taken.values().sum::<usize>() >= places.most {
            return Err(Crowded::All(places.most));
        }
        *taken.entry(client).or_default() += 1;
        drop(taken);
        gauge!(EVENT_STREAMS).increment(1.0);
        Ok(Place { client, places: Arc::clone(places) })
    }
}

/// Room for one subscription of a client.
#[derive(Debug)]
pub struct Place {
    client: IpAddr,
    places: Arc<Places>,
}

impl Drop for Place {
    fn drop(&mut self) {
        gauge!(EVENT_STREAMS).decrement(1.0);
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.client);
            }
        }
    }
}
