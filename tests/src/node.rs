//! Programs of npm, in environments of their own: `tests/node/NAME/package-lock.json` lists what is in one.

use std::path::{Path, PathBuf};
use std::process::Command;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Where an environment is; it is made where it is missing.
pub fn environment(name: &str) -> PathBuf {
    let made = Command::new(workspace().join("scripts/node.sh")).arg(name).output().unwrap();
    assert!(made.status.success(), "node.sh {name}: {}", String::from_utf8_lossy(&made.stderr));
    workspace().join("target/node").join(name)
}

/// `node SCRIPT`, with a script of `tests/node/NAME` and the packages of that environment.
pub fn script(name: &str, script: &str) -> Command {
    let environment = environment(name);
    let mut command = Command::new("node");
    command.arg(workspace().join("tests/node").join(name).join(script)).env("NODE_MODULES_OF", environment);
    command
}
