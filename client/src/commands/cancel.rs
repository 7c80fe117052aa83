//! `mbs-build cancel`.

use clap::{Args, value_parser};

use crate::cli::Options;
use crate::failure::Failure;
use crate::model::{self, Build};
use crate::out;
use crate::service::Service;
use crate::text;

/// Cancel a build that has not ended
///
/// Its state becomes "failed", and what is being built for it is stopped. What was built already is kept; submitting the
/// same again goes on from there.
///
/// With --json: the build as the service describes it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mbs-build cancel 42")]
pub struct Arguments {
    /// Number of the build
    #[arg(value_parser = value_parser!(i64).range(1..))]
    id: i64,
}

/// Cancels the build.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let answer = service.cancel(arguments.id).await?;
    if options.json {
        return out::document(&answer);
    }
    let build: Build = model::read(&answer)?;
    let reason = build.state_reason.as_deref().unwrap_or("cancelled");
    out::line(&text::printable(&format!("Build {} ({}) is {}: {reason}", build.id, build.nsvc(), build.state())))
}
