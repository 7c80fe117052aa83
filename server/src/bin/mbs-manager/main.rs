//! `mbs-manager`: runs the service and looks after it.

mod cli;
mod retire;
mod start;
mod upgradedb;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, ConfigCommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match cli.command {
        Command::Schema => print_schema(),
        Command::Config(ConfigCommand::Check) => start::config_check(),
        Command::Run { serve_only } => start::run(serve_only),
        Command::Worker { roles } => start::worker(&roles),
        Command::Upgradedb { check: false } => upgradedb::upgradedb(),
        Command::Upgradedb { check: true } => upgradedb::check(),
        Command::ImportModule { files } => start::import_modules(&files),
        Command::Retire { identifier, confirm } => retire::retire(&identifier, confirm),
        Command::SetPriority { build, priority } => start::set_priority(build, priority),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mbs-manager: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a command")]
fn print_schema() -> anyhow::Result<()> {
    print!("{}", server::graphql::sdl());
    Ok(())
}
