//! The feed: every message of the outbox, numbered, as it happens; the one source of server-sent events and subscriptions.
//!
//! ```text
//! outbox ──relay gives numbers──▶ one reader a process ──▶ recent events, bounded ──▶ any number of subscriptions
//!                                 woken by NOTIFY, by the relay of this process, by the clock
//! ```
//! A subscription is a place in the feed, not a queue: it costs the same however far it is behind. It reads older events from the
//! database, a page at a time, until it has reached what the process remembers; from then on it is *live*. A live one that takes
//! so long that its next event is no longer remembered is dropped, and told where to resume ([`Lost::TooSlow`]).
//!
//! To use it:
//! ```ignore
//! let place = app.feed.admit(client)?;                       // counted until it is dropped
//! let mut events = app.feed.subscribe(place, since, filter).await?;
//! while let Some(event) = events.next().await? { … }         // or `.into_stream()`
//! ```
//! `since` is the number of the last event that the client has seen; what comes next is the first one after it that the filter
//! lets through. Nobody misses one, sees one twice or out of order. `None` begins now.
//!
//! | file | subject |
//! | --- | --- |
//! | `event` | what happened, and how clients see it |
//! | `feed` | the door: limits, and new subscriptions |
//! | `reader` | reads the feed for all of them |
//! | `recent` | what the process remembers |
//! | `subscription` | one reader's place |

mod event;
mod feed;
mod reader;
mod recent;
mod subscription;

pub use entities::event_filter::{self as filter, Filter};
pub use event::Event;
pub use feed::{Crowded, Feed, Place};
pub use subscription::{Lost, Subscription};
