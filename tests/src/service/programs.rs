//! Where the programs under test are.

use std::path::PathBuf;

/// A program of the workspace, from the folder that the tests were built into. `MBS_TEST_PROGRAMS` names another one.
pub fn program(name: &str) -> PathBuf {
    let folder = std::env::var_os("MBS_TEST_PROGRAMS").map_or_else(built_beside, PathBuf::from);
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is missing; `cargo build --bins` makes it (`make test` does that first)",
        path.display()
    );
    path
}

fn built_beside() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}
