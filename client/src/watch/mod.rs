//! Following builds until they end.
//!
//! [`polling`] asks the service for [`snapshot`]s when its stream of events says that something has changed ([`feed`]), or else at the
//! [`pace`] of the changes, [`changes`] turns two snapshots into
//! events, and a [`screen`] shows them: bars on a terminal, lines otherwise, JSON lines for scripts.

mod bars;
mod changes;
mod feed;
mod layout;
mod lines;
mod pace;
mod polling;
mod screen;
mod snapshot;

use std::time::Duration;

use clap::Args;

use crate::cli::Options;
use crate::failure::Failure;
use crate::service::Service;
use polling::{Patience, Polling};
use screen::Screen;

const PATIENCE: Duration = Duration::from_mins(2);
/// For a service that never answered: more likely a wrong address than a restart.
const FIRST_PATIENCE: Duration = Duration::from_secs(3);

/// Options of whatever follows builds.
#[derive(Clone, Debug, Args)]
pub struct Follow {
    /// Stop watching after this long, with exit status 5; the builds go on
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// Print lines even on a terminal
    #[arg(long)]
    plain: bool,
}

/// Follows builds until all have ended. `reached`: the service has answered this program before. Fails with
/// [`Failure::BuildFailed`] if not all ended well.
pub async fn follow(
    service: Service,
    options: &Options,
    ids: &[i64],
    how: &Follow,
    reached: bool,
) -> Result<(), Failure> {
    let mut unique = Vec::new();
    for id in ids {
        if !unique.contains(id) {
            unique.push(*id);
        }
    }
    let mut screen = Screen::new(options.json, how.plain);
    let mut polling = Polling::new(service.impatient(), &unique, patience(options, reached));
    let ended = tokio::select! {
        ended = polling.run(&mut screen) => ended,
        signal = tokio::signal::ctrl_c() => Err(interrupted(signal, &unique)),
        () = timeout(how.timeout) => Err(timed_out(how.timeout, &unique)),
    };
    screen.close().and(ended)
}

fn patience(options: &Options, reached: bool) -> Patience {
    let wanted = options.patience.map(|seconds| Duration::from_secs(seconds.into()));
    let first = if reached { PATIENCE } else { FIRST_PATIENCE };
    Patience { first: wanted.unwrap_or(first), later: wanted.unwrap_or(PATIENCE) }
}

async fn timeout(seconds: Option<u32>) {
    match seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds.into())).await,
        None => std::future::pending().await,
    }
}

fn timed_out(seconds: Option<u32>, ids: &[i64]) -> Failure {
    let (seconds, ids) = (seconds.unwrap_or_default(), list(ids));
    Failure::TimedOut(format!(
        "not ended within {seconds} s; the service goes on. Watch again with: mbs-build watch {ids}"
    ))
}

fn interrupted(signal: std::io::Result<()>, ids: &[i64]) -> Failure {
    if let Err(error) = signal {
        return Failure::Local(format!("cannot wait for signals: {error}"));
    }
    let cancel: Vec<String> = ids.iter().map(|id| format!("mbs-build cancel {id}")).collect();
    Failure::Interrupted(format!(
        "stopped watching; the service goes on building. Watch again with: mbs-build watch {}. Cancel with: {}",
        list(ids),
        cancel.join("; ")
    ))
}

fn list(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
