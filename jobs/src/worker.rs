//! A worker process (or the worker part of the server): serves the lanes of its roles and keeps the time of upkeep.

use futures::future::join_all;

use crate::dispatch::{handle, handler};
use crate::presence::Presence;
use crate::queue::{Lane, supervise};
use crate::{Context, Job};

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Decides, validates, prepares, publishes: everything but building.
    Service,
    /// Builds components.
    Build,
}

impl Role {
    fn lanes(self) -> &'static [Lane] {
        match self {
            Self::Service => &[Lane::Control, Lane::Prepare],
            Self::Build => &[Lane::Build],
        }
    }
}

/// Works until the process is asked to end.
pub async fn work(context: Context, roles: &[Role]) {
    let lanes = roles.iter().flat_map(|role| role.lanes());
    let workers = lanes.map(|lane| {
        supervise(
            context.queue.clone(),
            *lane,
            context.holder.to_string(),
            concurrency(&context, *lane),
            handler(context.clone(), *lane),
            context.shutdown.clone(),
        )
    });
    tokio::join!(join_all(workers), keep_up(context.clone()));
}

fn concurrency(context: &Context, lane: Lane) -> usize {
    match lane {
        Lane::Control | Lane::Prepare => 4,
        Lane::Build => context.settings.concurrent_builds.max(1),
    }
}

/// Upkeep by the clock, not by the queue: it is what mends the queue.
async fn keep_up(context: Context) {
    let mut shutdown = context.shutdown.clone();
    let mut presence = Presence::default();
    loop {
        presence.announce(&context).await;
        handle(&context, Job::Upkeep).await;
        tokio::select! {
            () = tokio::time::sleep(context.settings.upkeep_interval) => {}
            () = async { let _closed = shutdown.wait_for(|ending| *ending).await; } => break,
        }
    }
    presence.leave(&context).await;
}
