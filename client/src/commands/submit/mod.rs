//! `mbs-build submit`.

mod body;
mod overrides;
mod preview;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::Options;
use crate::failure::Failure;
use crate::model::{self, Build};
use crate::out;
use crate::service::Service;
use crate::text;
use crate::watch::{self, Follow};
use overrides::{Parameter, Ref, Stream};

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
    /// Git repository and commit: URL?#COMMIT
    #[arg(value_name = "SCMURL")]
    url: Option<String>,
    /// Branch that the commit is on; the stream is named after it
    #[arg(value_name = "BRANCH")]
    positional_branch: Option<String>,
    /// The same as SCMURL
    #[arg(long, value_name = "SCMURL", conflicts_with = "url")]
    scm_url: Option<String>,
    /// The same as BRANCH
    #[arg(long, value_name = "BRANCH", conflicts_with = "positional_branch")]
    branch: Option<String>,
    /// Submit this modulemd file instead ("-": standard input); the service has to allow that
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "scm_url"])]
    file: Option<PathBuf>,
    /// Module name if the file has none [default: the file's name without its ending]
    #[arg(long, requires = "file")]
    name: Option<String>,
    /// Stream to build the file as
    #[arg(long, requires = "file")]
    stream: Option<String>,
    /// A scratch build: ends in "done", is never released
    #[arg(long)]
    scratch: bool,
    /// Build this source RPM in place of its component (repeatable, scratch builds only)
    #[arg(long = "srpm", value_name = "SRPM", requires = "scratch")]
    srpms: Vec<String>,
    /// Build against this stream of a build dependency only (repeatable)
    #[arg(long = "buildrequires", value_name = "NAME:STREAM")]
    buildrequires: Vec<Stream>,
    /// Require this stream of a runtime dependency only (repeatable)
    #[arg(long = "requires", value_name = "NAME:STREAM")]
    requires: Vec<Stream>,
    /// Build a component from another branch or commit (repeatable)
    #[arg(long = "ref-override", value_name = "COMPONENT=REF")]
    ref_overrides: Vec<Ref>,
    /// Which components to rebuild: all, changed-and-after, only-changed
    #[arg(long, value_name = "STRATEGY")]
    rebuild_strategy: Option<String>,
    /// Take components from this build only (its number, or name:stream:version:context)
    #[arg(long, value_name = "BUILD")]
    reuse_components_from: Option<String>,
    /// Side tag to build in
    #[arg(long, value_name = "TAG")]
    side_tag: Option<String>,
    /// Any other parameter of a submission (repeatable)
    #[arg(short = 'o', long = "optional", value_name = "KEY=VALUE")]
    parameters: Vec<Parameter>,
    /// Tell what would be built, in which order and against what, and submit nothing
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
  mbs-build submit --dry-run
      tell what the submission would build, and submit nothing
  mbs-build submit --ref-override libuv=rawhide -o owner=alice
      take one component from another branch, submit in the name of alice (services without authentication only)";

/// Submits, and follows the builds if asked to.
pub async fn run(service: Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let body = body::body(arguments).await?;
    if arguments.dry_run {
        let builds = service.dry_run(&body).await?;
        return if options.json { out::document(&Value::Array(builds)) } else { preview::show(&builds) };
    }
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
