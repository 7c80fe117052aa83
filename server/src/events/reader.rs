//! Reads the feed for all subscriptions of a process.

use std::sync::Arc;
use std::time::Duration;

use entities::db::Listener;
use entities::feed;
use sea_orm::DbErr;
use tokio::sync::Notify;

use super::Event;
use super::feed::Shared;

/// Events read in one statement.
const PAGE: u64 = 500;
/// Before it is tried again to hear the database.
const PAUSE: Duration = Duration::from_secs(5);

/// Reads what is new whenever the bell rings, and by the clock: whoever should ring may be elsewhere, or have died. Sleeps while
/// nobody subscribes.
pub(super) async fn read(shared: Arc<Shared>, poll: Duration) {
    loop {
        while shared.is_deserted() {
            shared.wanted.notified().await;
        }
        if let Err(error) = wake_up(&shared).await {
            tracing::warn!(%error, "cannot read the feed; trying again");
            tokio::time::sleep(poll).await;
            continue;
        }
        follow(&shared, poll).await;
    }
}

/// Begins with what comes next; those who want older events read them from the database.
async fn wake_up(shared: &Shared) -> Result<(), DbErr> {
    let newest = feed::bounds(&shared.db).await?.newest;
    shared.wake_up(newest);
    Ok(())
}

/// Until nobody subscribes any more.
async fn follow(shared: &Shared, poll: Duration) {
    loop {
        if let Err(error) = catch_up(shared).await {
            tracing::warn!(%error, "cannot read the feed; trying again");
        }
        if shared.fall_asleep() {
            return;
        }
        tokio::select! {
            () = shared.bell.notified() => {}
            () = shared.wanted.notified() => {}
            () = tokio::time::sleep(poll) => {}
        }
    }
}

async fn catch_up(shared: &Shared) -> Result<(), DbErr> {
    loop {
        let entries = feed::after(&shared.db, shared.last(), PAGE).await?;
        let is_all = entries.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        if !entries.is_empty() {
            shared.push(entries.into_iter().map(Event::from));
        }
        if is_all {
            return Ok(());
        }
    }
}

/// Rings the bell whenever PostgreSQL says that there is something new; ends where the database says nothing by itself.
pub(super) async fn hear(address: String, bell: Arc<Notify>) {
    loop {
        match listen(&address, &bell).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "cannot hear the database; the feed is read by the clock meanwhile"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen(address: &str, bell: &Notify) -> Result<(), DbErr> {
    let Some(mut listener) = Listener::open(address, feed::CHANNEL).await? else { return Ok(()) };
    // What was said before.
    bell.notify_one();
    loop {
        listener.heard().await?;
        bell.notify_one();
    }
}
