//! Programs of `PyPI`, in environments of their own: `tests/python/NAME.txt` lists what is in one.

use std::path::{Path, PathBuf};
use std::process::Command;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Where lists and scripts are.
pub fn folder() -> PathBuf {
    workspace().join("tests/python")
}

/// A program of an environment, which is made where it is missing.
pub fn program(environment: &str, name: &str) -> PathBuf {
    let made = Command::new(workspace().join("scripts/python.sh")).arg(environment).output().unwrap();
    assert!(made.status.success(), "python.sh {environment}: {}", String::from_utf8_lossy(&made.stderr));
    workspace().join("target/python").join(environment).join("bin").join(name)
}
