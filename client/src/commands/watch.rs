//! `mbs-build watch`.

use clap::{Args, value_parser};

use crate::cli::Options;
use crate::failure::Failure;
use crate::service::Service;
use crate::watch::{self, Follow};

/// Follow builds until they end
///
/// On a terminal with a line per component, otherwise (or with --plain) with a line per change.
///
/// A service that is restarted meanwhile is waited for (--patience). Ctrl-C ends the watching, not the builds.
///
/// With --json: one object a line. "event" is "build" or "component" (a change, with "old" and "new"), "batch", "finished",
/// "unreachable" and "reachable" (the service went away and came back), or "error".
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mbs-build watch 42 43\n  mbs-build watch --timeout 3600 42 && echo ready\n  mbs-build --json watch 42 | jq -c 'select(.new == \"failed\")'"
)]
pub struct Arguments {
    /// Numbers of the builds
    #[arg(value_name = "ID", required = true, value_parser = value_parser!(i64).range(1..))]
    ids: Vec<i64>,
    #[command(flatten)]
    follow: Follow,
}

/// Follows the builds.
pub async fn run(service: Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    watch::follow(service, options, &arguments.ids, &arguments.follow, false).await
}
