//! `mbs-build priority`.

use clap::{Args, value_parser};

use crate::cli::Options;
use crate::failure::Failure;
use crate::model::{self, Build};
use crate::out;
use crate::service::Service;
use crate::text;

/// Set the priority of a build
///
/// Where not all components can be built at once, those of builds with a higher priority are started first. 0 is usual; with less,
/// components are started only when no other build has any to start. You may lower that of your own builds; raising it takes an
/// administrator.
///
/// With --json: the build as the service describes it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mbs-build priority 42 -10")]
pub struct Arguments {
    /// Number of the build
    #[arg(value_parser = value_parser!(i64).range(1..))]
    id: i64,
    /// From -100 to 100
    #[arg(allow_negative_numbers = true)]
    priority: i32,
}

/// Sets it.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let answer = service.set_priority(arguments.id, arguments.priority).await?;
    if options.json {
        return out::document(&answer);
    }
    let build: Build = model::read(&answer)?;
    let line = format!("The priority of build {} ({}) is {}", build.id, build.nsvc(), arguments.priority);
    out::line(&text::printable(&line))
}
