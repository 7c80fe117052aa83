//! `mbs-build submit`.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::Options;
use crate::commands::plan;
use crate::failure::Failure;
use crate::model::{self, Build};
use crate::out;
use crate::request::{self, Request};
use crate::service::Service;
use crate::text;
use crate::watch::{self, Follow};

/// Submit a module build from a git repository or a file
///
/// Without SCMURL it is the commit that the git repository of the current folder has checked out, at the address of its
/// remote; without BRANCH the checked out branch. The service fetches it from there, so it has to be pushed.
///
/// The numbers and addresses of the builds are printed: several if the module's dependencies have several combinations of
/// streams. With --json: an array of the builds as the service describes them. A
/// submission is sent again where its answer is lost; the service makes its builds once.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    /// Print what would be built and why, as "mbs-build plan" does, and submit nothing
    #[arg(long, conflicts_with = "watch")]
    dry_run: bool,
    /// Follow the builds until they end, as "mbs-build watch" does
    #[arg(long, short = 'w')]
    watch: bool,
    #[command(flatten)]
    follow: Follow,
}

const EXAMPLES: &str = "\
Examples:
  mbs-build submit --watch
      build what the current folder has checked out and follow it
  mbs-build submit 'https://src.example.com/modules/nodejs?#8d1f3ab' 20
      build stream 20 of nodejs from that commit
  mbs-build submit --scratch --file nodejs.yaml --buildrequires platform:f41
      try a file against one platform
  mbs-build submit --ref-override libuv=rawhide -o owner=alice
      take one component from another branch, submit in the name of alice (services without authentication only)";

/// Submits, and follows the builds if asked to.
pub async fn run(service: Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.dry_run {
        return plan::print(&service, options, &arguments.request).await;
    }
    let body = request::body(&arguments.request).await?;
    let answer = service.submit(&body).await?;
    let builds: Vec<Build> = answer.iter().map(model::read).collect::<Result<_, _>>()?;
    match (options.json, arguments.watch) {
        (true, true) => answer.iter().try_for_each(|build| out::line(&submitted(build).to_string()))?,
        (true, false) => out::document(&Value::Array(answer))?,
        (false, _) => builds.iter().try_for_each(|build| out::line(&announcement(&service, build)))?,
    }
    if !arguments.watch {
        return Ok(());
    }
    let ids: Vec<i64> = builds.iter().map(|build| build.id).collect();
    watch::follow(service, options, &ids, &arguments.follow, true).await
}

fn submitted(build: &Value) -> Value {
    json!({"event": "submitted", "build": build["id"], "details": build})
}

fn announcement(service: &Service, build: &Build) -> String {
    let what = text::printable(&format!("Build {}: {} ({})", build.id, build.nsvc(), build.state()));
    format!("{what}\n  {}", service.build_address(build.id))
}
