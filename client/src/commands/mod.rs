//! The subcommands, one file each: its arguments with their help, and what it does.
//!
//! To add one: write its file beside these, then name it in `cli.rs` and below.

pub mod cancel;
pub mod diff;
pub mod gate;
pub mod info;
pub mod login;
pub mod logout;
pub mod overview;
pub mod plan;
pub mod priority;
pub mod retry;
pub mod submit;
pub mod token;
pub mod watch;
pub mod webhook;
pub mod whoami;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::service::Service;

/// Does what the command line asks for.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    let service = Service::new(&cli.options)?;
    let options = &cli.options;
    match cli.command {
        Command::Submit(arguments) => submit::run(service, options, &arguments).await,
        Command::Plan(arguments) => plan::run(&service, options, &arguments).await,
        Command::Watch(arguments) => watch::run(service, options, &arguments).await,
        Command::Info(arguments) => info::run(&service, options, &arguments).await,
        Command::Cancel(arguments) => cancel::run(&service, options, &arguments).await,
        Command::Priority(arguments) => priority::run(&service, options, &arguments).await,
        Command::Retry(arguments) => retry::run(&service, options, &arguments).await,
        Command::Gate(arguments) => gate::run(&service, options, &arguments).await,
        Command::Diff(arguments) => diff::run(&service, options, &arguments).await,
        Command::Overview(arguments) => overview::run(&service, options, &arguments).await,
        Command::Login(arguments) => login::run(&service, options, &arguments).await,
        Command::Logout => logout::run(&service, options).await,
        Command::Whoami => whoami::run(&service, options).await,
        Command::Token(arguments) => token::run(&service, options, &arguments).await,
        Command::Webhook(arguments) => webhook::run(&service, options, &arguments).await,
    }
}
