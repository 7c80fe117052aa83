//! A small HTTP server, and the program run against it.

mod program;
mod server;

pub use program::{Ended, Program};
pub use server::{Answer, Request, Server};
