//! What can be subscribed to: the feed of events, and logs while they are written.
//!
//! | file | subject |
//! | --- | --- |
//! | [`events`] | events of the feed, with what has changed as it is now |
//! | [`log_lines`] | the log of a component |

mod events;
mod log_lines;

use async_graphql::{Context, ID, Result, Subscription as Subscribed};
use futures::Stream;

pub use self::events::Client;
use self::events::{ComponentBuildChanged, Event, EventFilter, ModuleBuildChanged};
use self::log_lines::LogPiece;
use entities::message::{COMPONENT_STATE_CHANGE, MODULE_STATE_CHANGE};

/// What can be subscribed to.
pub struct Subscription;

/// What can be subscribed to, by websocket.
#[Subscribed]
impl Subscription {
    /// Everything that happens, in the order of its numbers. `since` resumes without a gap: the number of the last event that was seen.
    /// Without it, from now on.
    async fn events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The number of the last event that was seen; 0 is from the beginning.")] since: Option<i64>,
        #[graphql(desc = "Only these.")] filter: Option<EventFilter>,
    ) -> Result<impl Stream<Item = Result<Event>>> {
        events::follow(context, since, filter, None, Event).await
    }

    /// Module builds that have changed their state, each as it is when it is told of.
    async fn module_build_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The number of the last event that was seen.")] since: Option<i64>,
        #[graphql(desc = "Only these.")] filter: Option<EventFilter>,
    ) -> Result<impl Stream<Item = Result<ModuleBuildChanged>>> {
        events::follow(context, since, filter, Some(MODULE_STATE_CHANGE), ModuleBuildChanged).await
    }

    /// Components that have changed their state, each as it is when it is told of.
    async fn component_build_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The number of the last event that was seen.")] since: Option<i64>,
        #[graphql(desc = "Only these.")] filter: Option<EventFilter>,
    ) -> Result<impl Stream<Item = Result<ComponentBuildChanged>>> {
        events::follow(context, since, filter, Some(COMPONENT_STATE_CHANGE), ComponentBuildChanged).await
    }

    /// The log of a component as it is written, until the component is built and all of its log was told. A new attempt begins anew
    /// at byte 0.
    async fn log_lines(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The component: its id or number.")] component_build: ID,
        #[graphql(desc = "Begin at this byte; 0 unless `tail` says otherwise.")] offset: Option<i64>,
        #[graphql(desc = "Begin with so many of the lines that are there already.")] tail: Option<i32>,
    ) -> Result<impl Stream<Item = Result<LogPiece>>> {
        log_lines::follow(context, &component_build, offset, tail).await
    }
}
