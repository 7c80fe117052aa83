//! `mbs-build plan`.

mod model;
mod page;
mod tree;

use clap::Args;
use serde_json::Value;

use crate::cli::Options;
use crate::failure::Failure;
use crate::request::{self, Request};
use crate::service::Service;
use crate::{model as answers, out, text};
use model::Planned;

/// Tell what a submission would build, against what, and why, and submit nothing
///
/// Takes what "submit" takes, and is refused where that would be refused. For every build, of which there is one for each combination
/// of streams: the modules that it is built against and which rule chose each, the streams that were not taken and why, its
/// components by batch, and what would go wrong right after the submission.
///
/// With --json: an array of the builds as the service describes them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
}

const EXAMPLES: &str = "\
Examples:
  mbs-build plan
      what the commit that the current folder has checked out would become
  mbs-build plan --file nodejs.yaml --buildrequires platform:f41
      what a file would become on one platform
  mbs-build --json plan --file nodejs.yaml | jq -r '.[].explanation.against[] | \"\\(.name):\\(.stream) \\(.rule)\"'
      the rule that chose each stream";

/// Plans.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    print(service, options, &arguments.request).await
}

/// Prints what a submission would do.
pub async fn print(service: &Service, options: &Options, request: &Request) -> Result<(), Failure> {
    let body = request::body(request).await?;
    let builds = service.dry_run(&body).await?;
    if options.json {
        return out::document(&Value::Array(builds));
    }
    let planned: Vec<Planned> = builds.iter().map(answers::read).collect::<Result<_, _>>()?;
    page::lines(&planned).iter().try_for_each(|line| out::line(&text::printable(line)))
}
