//! `mbs-build`: submits module builds to a Module Build Service, watches and cancels them. It speaks HTTP only.
//!
//! One file a subcommand in `commands/`; what `submit` and `plan` send is in `request/`; the REST calls are in `service/`, log-in is in `login/`, what `watch` shows is in `watch/`, and every way
//! to end is a variant of [`failure::Failure`] with its exit status.

mod cli;
mod commands;
mod failure;
mod git;
mod login;
mod model;
mod out;
mod progress;
mod request;
mod service;
mod text;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.options.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::failure(&failure, json);
            ExitCode::from(failure.exit_status())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    // reqwest is built without a TLS provider of its own. The only error is that one is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Local(format!("cannot start: {error}")))?
        .block_on(commands::run(cli))
}
