//! What is asked of a service by `submit` and by `plan`: the arguments, and the JSON body of the submission.

mod body;
mod overrides;

use std::path::PathBuf;

use clap::Args;
use overrides::{Parameter, Ref, Stream};

pub use body::body;

/// A submission on the command line.
#[derive(Debug, Args)]
pub struct Request {
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
}
