//! `mbs-build retry`.

use clap::{Args, value_parser};

use crate::cli::Options;
use crate::failure::Failure;
use crate::model::{self, Build};
use crate::out;
use crate::service::Service;
use crate::text;

/// Try failed components of a failed build again
///
/// All that failed, or those that are named, are built again, and then what was not built because of them. What was built is
/// kept. "info" shows what failed and who has to act on it.
///
/// With --json: the build as the service describes it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  mbs-build retry 42\n  mbs-build retry 42 libuv && mbs-build watch 42")]
pub struct Arguments {
    /// Number of the build
    #[arg(value_parser = value_parser!(i64).range(1..))]
    id: i64,
    /// Components to try again [default: all that failed]
    #[arg(value_name = "COMPONENT")]
    components: Vec<String>,
}

/// Tries again.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let answer = service.retry(arguments.id, &arguments.components).await?;
    if options.json {
        return out::document(&answer);
    }
    let build: Build = model::read(&answer)?;
    let reason = build.state_reason.as_deref().unwrap_or("retried");
    out::line(&text::printable(&format!("Build {} ({}) is {}: {reason}", build.id, build.nsvc(), build.state())))
}
