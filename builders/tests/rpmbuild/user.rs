//! The same as an ordinary user.

use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

/// Tests that are run once more as somebody who is not root.
const TESTS: [&str; 7] = [
    "module::later_components_use_what_earlier_ones_made",
    "bad_input::nothing_of_the_host_is_writable",
    "bad_input::packages_with_links_out_of_the_buildroot_change_nothing",
    "killed::a_killed_worker_takes_its_builds_with_it",
    "limits::memory",
    "limits::processes",
    "published::dnf_lists_enables_and_downloads_the_module",
];

#[test]
fn works_as_an_ordinary_user() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not run: the other tests ran as an ordinary user already");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    chown(folder.path(), Some(54321), Some(54321)).unwrap();
    // The test itself may lie in a folder of root's.
    let program = folder.path().join("test");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let output = Command::new("prlimit")
        // An ordinary user cannot raise these.
        .args(["--nproc=3000:3000", "--fsize=10000000000:10000000000", "--", "setpriv"])
        .args(["--reuid=54321", "--regid=54321", "--clear-groups", "--no-new-privs"])
        .arg(&program)
        .args(["--exact", "--test-threads=2"])
        .args(TESTS)
        .current_dir(folder.path())
        .env("TMPDIR", folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains(&format!("{} passed", TESTS.len())), "{text}");
}
