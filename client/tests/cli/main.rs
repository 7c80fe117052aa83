//! The program against a real HTTP server that answers what each test says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cancel;
mod info;
mod overview;
mod plan;
mod submit;
mod support;
mod watch;
