//! What tests of the API share: the service over a database with known rows, and plain HTTP.

#![allow(dead_code, reason = "each test program uses its own part")]

pub mod application;
pub mod http;

use std::path::{Path, PathBuf};

pub use application::{Application, CONNECTIONS};
pub use http::{Answer, status};

/// The folder of the recorded contract.
pub fn contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/contract")
}
