//! `mbs-build gate`.

use clap::{ArgGroup, Args, value_parser};

use crate::cli::Options;
use crate::failure::Failure;
use crate::model::{self, Build};
use crate::out;
use crate::service::Service;
use crate::text;

/// Say whether a build that is done may become ready
///
/// Where the service holds builds back until somebody has tested them. Opened once, the build is ready; what keeps it closed is
/// shown with the build, and can be said again.
///
/// With --json: the build as the service describes it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("answer").required(true).multiple(true).args(["open", "reason"]))]
#[command(after_help = "Examples:\n  mbs-build gate 42 --open\n  mbs-build gate 42 --reason \"2 of 40 tests failed\"")]
pub struct Arguments {
    /// Number of the build
    #[arg(value_parser = value_parser!(i64).range(1..))]
    id: i64,
    /// It may become ready; without this, it may not
    #[arg(long)]
    open: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Says it.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let answer = service.answer_for_gate(arguments.id, arguments.open, arguments.reason.as_deref()).await?;
    if options.json {
        return out::document(&answer);
    }
    let build: Build = model::read(&answer)?;
    let reason = build.state_reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    out::line(&text::printable(&format!("Build {} ({}) is {}{reason}", build.id, build.nsvc(), build.state())))
}
