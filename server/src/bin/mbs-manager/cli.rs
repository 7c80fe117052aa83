//! The command line, as `--help` shows it.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use server::service::retire::Identifier;

/// Runs the Module Build Service and looks after it.
///
/// Options come from the YAML file that `MBS_CONFIG_FILE` names (default /etc/module-build-service/config.yaml); any option `NAME` can
/// also be given in the environment as `MBS_NAME`. Without a file the service runs on embedded defaults: SQLite, no login, and
/// rpmbuild on this host. `mbs-manager config check` shows what is in force.
#[derive(Debug, Parser)]
#[command(name = "mbs-manager", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve REST and GraphQL, and work on builds in the same process.
    ///
    /// On an embedded (SQLite) database missing tables are made first, and where packages are built on this host (`SYSTEM: rpmbuild`)
    /// its base module is imported, so that something can be submitted at once. Ends cleanly on SIGTERM and Ctrl-C; builds go on
    /// where they were at the next start.
    Run {
        /// Do not work on builds; workers are started with `mbs-manager worker`.
        #[arg(long)]
        serve_only: bool,
    },
    /// Work on builds without serving requests.
    ///
    /// Any number of workers may run, on any number of hosts, as long as they share database, queue and results folder.
    Worker {
        /// What this worker does; what `WORKER_ROLES` says unless given, which is all of it by default.
        #[arg(long, value_enum, value_delimiter = ',')]
        roles: Vec<Role>,
    },
    /// Bring the database to the newest schema; a database of the Python service is adopted.
    ///
    /// May be repeated, and does nothing when nothing is missing. May be interrupted, and goes on when it is started again. What the
    /// Python service wrote is only read. Ends with status 0 when the database is up to date, otherwise with 1.
    Upgradedb {
        /// Only say what would be done, and change nothing.
        ///
        /// Ends with status 0 whether there is something to do or not, and with 1 if the database is missing or does not answer.
        #[arg(long)]
        check: bool,
    },
    /// Import a module that was built elsewhere, usually a base module.
    ///
    /// The document has to name its dependencies in xmd/mbs/buildrequires. Importing the same module again updates it. Of several
    /// files, those before one that cannot be imported are imported. Ends with status 0 if all were imported, otherwise with 1.
    #[command(name = "import_module")]
    ImportModule {
        /// Modulemd files; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Retire module builds: they become garbage, and nobody can build against them any more.
    ///
    /// Takes builds that are ready, all versions and contexts of a stream unless they are named. Shows them and asks first. Their
    /// packages stay until `CLEANUP_RETIRED_BUILDS_TIME` is over. Ends with status 0 also where there are none or the answer is no, with
    /// 1 if something failed: then none is retired, and with 2 if the identifier is none.
    Retire {
        /// Which builds.
        #[arg(value_name = "NAME:STREAM[:VERSION[:CONTEXT]]")]
        identifier: Identifier,
        /// Do not ask.
        #[arg(long)]
        confirm: bool,
    },
    /// Set the priority of a build: builds with a higher one are given slots first.
    ///
    /// 0 is usual; below 0, components are started only when no other build has any to start.
    #[command(name = "set_priority")]
    SetPriority {
        /// Number of the build.
        build: i32,
        /// From -100 to 100.
        #[arg(allow_negative_numbers = true)]
        priority: i32,
    },
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the GraphQL schema.
    Schema,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every option that differs from its default, where it comes from, and what is wrong.
    Check,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Decide, validate, prepare, publish.
    Service,
    /// Build components.
    Build,
}

impl From<Role> for jobs::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Service => Self::Service,
            Role::Build => Self::Build,
        }
    }
}
