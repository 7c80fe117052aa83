//! The command line: what is common to all subcommands. Each subcommand's arguments are beside its code in `commands/`.

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    cancel, diff, gate, info, login, overview, plan, priority, retry, submit, token, watch, webhook,
};

/// Submit module builds to a Module Build Service, watch them and cancel them.
#[derive(Debug, Parser)]
#[command(name = "mbs-build", version, arg_required_else_help = true, after_help = EXIT_STATUSES)]
pub struct Cli {
    /// What all subcommands share.
    #[command(flatten)]
    pub options: Options,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every subcommand.
#[derive(Debug, Args)]
pub struct Options {
    /// Address of the service
    #[arg(
        long = "url",
        short = 's',
        visible_alias = "server",
        global = true,
        value_name = "URL",
        env = "MBS_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:5000",
        help_heading = COMMON
    )]
    pub service: String,
    /// Do not check the certificate of an https address
    #[arg(long, short = 'k', global = true, help_heading = COMMON)]
    pub insecure: bool,
    /// How long to keep trying when the service does not answer [default: 3; 120 while watching]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = COMMON)]
    pub patience: Option<u32>,
    /// Print JSON: one document, or one object a line while watching
    #[arg(long, global = true, help_heading = COMMON)]
    pub json: bool,
}

/// The subcommands; what they do is said at their arguments.
#[derive(Debug, Subcommand)]
pub enum Command {
    Submit(Box<submit::Arguments>),
    Plan(Box<plan::Arguments>),
    Watch(watch::Arguments),
    Info(info::Arguments),
    Cancel(cancel::Arguments),
    Priority(priority::Arguments),
    Retry(retry::Arguments),
    Gate(gate::Arguments),
    Diff(diff::Arguments),
    Overview(overview::Arguments),
    Login(login::Arguments),
    /// Forget the log-in at this service
    Logout,
    /// Tell as whom the service knows you
    Whoami,
    Token(token::Arguments),
    Webhook(webhook::Arguments),
}

/// Heading of the options that every subcommand has.
const COMMON: &str = "Options of all commands";

const EXIT_STATUSES: &str = "\
Exit status:
    0  it worked; every watched build is ready (a scratch build: done)
    1  a watched build failed or was cancelled
    2  the command line or the current folder cannot be used as given
    3  the service refused the request
    4  the service could not be reached
    5  --timeout passed before the watched builds ended
    6  something on this machine does not work
  130  interrupted; the builds go on

Examples:
  mbs-build submit --watch             build the module of the current git folder
  mbs-build plan --file nodejs.yaml    tell what would be built against what, and why
  mbs-build watch 42                   follow build 42
  mbs-build --json info 42 | jq .build.state_name";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
