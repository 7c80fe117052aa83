//! The command lines of `unshare` and `bwrap`.

use std::ffi::OsString;
use std::path::Path;

use super::{Sandbox, User};
use crate::rpmbuild::host::{HOME, Host};
use crate::rpmbuild::rlimits;
use crate::rpmbuild::settings::Settings;

const ENTER: &str = include_str!("enter.sh");

/// `unshare` makes the mount namespace, the script mounts, `bwrap` takes everything else away. All of them replace each other
/// (exec), so the process that the service starts is `bwrap` in the end and dies with the service.
pub(super) fn command_line(sandbox: &Sandbox, host: &Host, settings: &Settings, status: &Path) -> Vec<OsString> {
    let mut line = words(&["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"]);
    if !host.root {
        line.extend(words(&["--user", "--map-root-user"]));
    }
    line.extend(words(&["--", "sh", "-c", ENTER, "enter"]));
    line.push(std::process::id().to_string().into());
    line.push(status.into());
    line.push(host.staging.clone().into());
    staged(sandbox, &mut line);
    line.push("--".into());
    if host.root {
        drop_root(settings, &mut line);
    }
    bwrap(sandbox, host, settings, &mut line);
    line
}

/// Root mounts as root, so that no folder above the results has to be open to others, and gives everything up then.
fn drop_root(settings: &Settings, line: &mut Vec<OsString>) {
    let (user, group) = settings.build_user;
    line.extend(words(&["setpriv", "--reuid"]));
    line.push(user.to_string().into());
    line.push("--regid".into());
    line.push(group.to_string().into());
    line.extend(words(&[
        "--clear-groups",
        "--bounding-set=-all",
        "--inh-caps=-all",
        "--no-new-privs",
        "--pdeathsig",
        "KILL",
    ]));
}

fn staged(sandbox: &Sandbox, line: &mut Vec<OsString>) {
    for tree in &sandbox.trees {
        let [layer] = &tree.layers[..] else {
            line.extend(words(&["overlay", &tree_name(&tree.name), &tree.layers.join(":")]));
            continue;
        };
        line.extend(words(&["bind", &tree_name(&tree.name), layer]));
    }
    for (number, mount) in sandbox.mounts.iter().enumerate() {
        line.extend(words(&["bind", &mount_name(number)]));
        line.push(mount.outside.clone().into());
    }
}

fn bwrap(sandbox: &Sandbox, host: &Host, settings: &Settings, line: &mut Vec<OsString>) {
    line.extend(words(&["bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"]));
    line.extend(words(&["--new-session", "--json-status-fd", "3", "--hostname", "builder"]));
    match sandbox.user {
        User::Builder => line.extend(words(&["--uid", "1000", "--gid", "1000"])),
        User::Root => line.extend(words(&[
            "--uid",
            "0",
            "--gid",
            "0",
            "--cap-add",
            "CAP_DAC_OVERRIDE",
            "--cap-add",
            "CAP_FOWNER",
        ])),
    }
    file_system(sandbox, host, settings, line);
    line.extend(words(&["--clearenv", "--chdir", "/", "--setenv", "PATH", "/usr/bin:/usr/sbin:/bin:/sbin"]));
    line.extend(words(&["--setenv", "HOME", HOME, "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "SHELL", "/bin/sh"]));
    for (name, value) in &sandbox.environment {
        line.extend(words(&["--setenv", name, value]));
    }
    line.push("--".into());
    // The watcher ends what goes over a limit and says so. These are the stops for what is faster than it.
    line.push("prlimit".into());
    line.extend(rlimits::processes(sandbox.limits.processes.saturating_add(64)).map(OsString::from));
    line.extend(rlimits::file_size(sandbox.limits.disk).map(OsString::from));
    line.extend(words(&["--core=0", "--"]));
    line.extend(sandbox.command.iter().cloned());
}

fn file_system(sandbox: &Sandbox, host: &Host, settings: &Settings, line: &mut Vec<OsString>) {
    for name in ["usr", "etc"] {
        if !sandbox.trees.iter().any(|tree| tree.name == name) {
            line.extend(words(&["--ro-bind", &format!("/{name}"), &format!("/{name}")]));
        }
    }
    for tree in &sandbox.trees {
        line.push("--ro-bind".into());
        line.push(host.staging.join(tree_name(&tree.name)).into());
        line.push(format!("/{}", tree.name).into());
    }
    for (name, target) in &host.root_links {
        line.push("--symlink".into());
        line.push(target.into());
        line.push(format!("/{name}").into());
    }
    line.extend(words(&["--proc", "/proc", "--dev", "/dev", "--size"]));
    line.push((sandbox.limits.memory / 4).clamp(1 << 20, 1 << 30).to_string().into());
    line.extend(words(&["--tmpfs", "/dev/shm", "--remount-ro", "/dev"]));
    if !sandbox.mounts.iter().any(|mount| mount.inside == Path::new("/tmp")) {
        line.extend(words(&["--size", "67108864", "--tmpfs", "/tmp"]));
    }
    for hidden in settings.hidden_paths.iter().chain([&settings.results_dir, &settings.work_dir]) {
        if is_seen(sandbox, hidden) {
            hide(hidden, line);
        }
    }
    for (number, mount) in sandbox.mounts.iter().enumerate() {
        line.push(if mount.writable { "--bind" } else { "--ro-bind" }.into());
        line.push(host.staging.join(mount_name(number)).into());
        line.push(mount.inside.clone().into());
    }
    line.extend(words(&["--remount-ro", "/"]));
}

/// The sandbox would show this path of the host.
fn is_seen(sandbox: &Sandbox, path: &Path) -> bool {
    let below = |name: &str| path.starts_with(Path::new("/").join(name));
    let of_host = below("usr") || below("etc") || (below("opt") && sandbox.trees.iter().any(|tree| tree.name == "opt"));
    of_host && path.exists()
}

fn hide(path: &Path, line: &mut Vec<OsString>) {
    if path.is_dir() {
        line.extend(words(&["--size", "4096", "--tmpfs"]));
        line.push(path.into());
        line.push("--remount-ro".into());
    } else {
        line.extend(words(&["--ro-bind", "/dev/null"]));
    }
    line.push(path.into());
}

fn tree_name(name: &str) -> String {
    format!("tree-{name}")
}

fn mount_name(number: usize) -> String {
    format!("mount-{number}")
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}
