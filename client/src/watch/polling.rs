//! The loop that asks the service until all builds have ended.

use std::time::{Duration, Instant};

use futures::future::try_join_all;

use super::changes::{Changes, Event};
use super::feed::Feed;
use super::pace::Pace;
use super::screen::Screen;
use super::snapshot::Snapshot;
use crate::failure::Failure;
use crate::service::Service;

const REDRAW: Duration = Duration::from_millis(150);

/// How long outages of the service are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Before it has answered for the first time.
    pub first: Duration,
    /// From then on.
    pub later: Duration,
}

/// The builds that are followed.
pub struct Polling {
    service: Service,
    builds: Vec<Followed>,
    patience: Patience,
    feed: Feed,
    answered: bool,
    outage: Option<Instant>,
}

struct Followed {
    id: i64,
    changes: Changes,
    last: Option<Snapshot>,
}

impl Followed {
    fn verdict(&self) -> Option<bool> {
        self.last.as_ref().and_then(|snapshot| snapshot.build.verdict())
    }
}

impl Polling {
    /// Will follow `ids`, which are different from each other.
    pub fn new(service: Service, ids: &[i64], patience: Patience) -> Self {
        let builds = ids.iter().map(|id| Followed { id: *id, changes: Changes::default(), last: None }).collect();
        let feed = Feed::open(service.events(ids));
        Self { service, builds, patience, feed, answered: false, outage: None }
    }

    /// Returns when all builds have ended; with [`Failure::BuildFailed`] if not all of them went well.
    pub async fn run(&mut self, screen: &mut Screen) -> Result<(), Failure> {
        let mut pace = Pace::new();
        loop {
            let changed = self.round(screen).await?;
            if self.builds.iter().all(|build| build.verdict().is_some()) {
                return self.verdict();
            }
            self.rest(pace.next(changed), screen).await;
        }
    }

    fn verdict(&self) -> Result<(), Failure> {
        let failed: Vec<String> = self
            .builds
            .iter()
            .filter(|build| build.verdict() != Some(true))
            .map(|build| build.id.to_string())
            .collect();
        if failed.is_empty() { Ok(()) } else { Err(Failure::BuildFailed(format!("failed: {}", failed.join(", ")))) }
    }

    /// Asks once and shows what is new; says whether there was anything. An outage is no error while patience lasts.
    async fn round(&mut self, screen: &mut Screen) -> Result<bool, Failure> {
        let events = match self.poll().await {
            Ok(events) => events,
            Err(Failure::Unreachable(why)) => return self.outage(why, screen).map(|()| false),
            Err(failure) => return Err(failure),
        };
        self.answered = true;
        if self.outage.take().is_some() {
            screen.show(&Event::Reachable)?;
        }
        events.iter().try_for_each(|event| screen.show(event))?;
        self.draw(screen);
        Ok(!events.is_empty())
    }

    /// Asks about all builds that go on, at the same time.
    async fn poll(&mut self) -> Result<Vec<Event>, Failure> {
        let service = &self.service;
        let going_on = self.builds.iter_mut().filter(|build| build.verdict().is_none());
        let polls = going_on.map(|build| async move {
            let snapshot = Snapshot::take(service, build.id).await?;
            Ok::<_, Failure>((build, snapshot))
        });
        let mut events = Vec::new();
        for (build, snapshot) in try_join_all(polls).await? {
            events.extend(build.changes.advance(&snapshot, service.now()));
            build.last = Some(snapshot);
        }
        Ok(events)
    }

    fn outage(&mut self, why: String, screen: &mut Screen) -> Result<(), Failure> {
        let patience = if self.answered { self.patience.later } else { self.patience.first };
        match self.outage {
            Some(since) if since.elapsed() >= patience => Err(Failure::Unreachable(why)),
            Some(_) => Ok(()),
            None => {
                self.outage = Some(Instant::now());
                screen.show(&Event::Unreachable { reason: why, patience: patience.as_secs() })
            }
        }
    }

    /// Until something has happened, or for as long as `pause` says.
    async fn rest(&self, pause: Duration, screen: &mut Screen) {
        let end = Instant::now() + self.feed.pause(pause);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let wait = if screen.moves() { left.min(REDRAW) } else { left };
            tokio::select! {
                () = self.feed.rung() => return Feed::gather().await,
                () = tokio::time::sleep(wait) => {}
            }
            if Instant::now() >= end {
                return;
            }
            self.draw(screen);
        }
    }

    fn draw(&self, screen: &mut Screen) {
        let snapshots: Vec<&Snapshot> = self.builds.iter().filter_map(|build| build.last.as_ref()).collect();
        screen.draw(&snapshots, self.service.now());
    }
}
