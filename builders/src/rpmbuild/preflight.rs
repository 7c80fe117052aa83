//! What is missing on a host, said in one sentence.

use std::fs;

use super::host::has_command;
use super::sandbox::{Ended, Sandbox, Sink, Tree, run};
use super::{RpmBuild, error, layout};
use crate::BuilderError;

/// Commands and the packages they come in, on Debian and on Fedora.
const COMMANDS: [(&str, &str, &str); 12] = [
    ("rpm", "rpm", "rpm"),
    ("rpmbuild", "rpm", "rpm-build"),
    ("rpm2cpio", "rpm2cpio", "rpm"),
    ("cpio", "cpio", "cpio"),
    ("createrepo_c", "createrepo-c", "createrepo_c"),
    ("modifyrepo_c", "createrepo-c", "createrepo_c"),
    ("bwrap", "bubblewrap", "bubblewrap"),
    ("unshare", "util-linux", "util-linux"),
    ("setpriv", "util-linux", "util-linux"),
    ("prlimit", "util-linux", "util-linux"),
    ("mount", "mount", "util-linux"),
    ("git", "git", "git-core"),
];

/// Tries everything that a build needs.
pub(super) async fn check(builder: &RpmBuild) -> Result<(), BuilderError> {
    let missing: Vec<_> = COMMANDS.iter().filter(|(command, ..)| !has_command(command)).collect();
    if !missing.is_empty() {
        return Err(BuilderError::Impossible(not_installed(&missing)));
    }
    let folder = tempfile::Builder::new()
        .prefix("preflight-")
        .tempdir_in(builder.layout.work())
        .map_err(error::io("write to the working folder", builder.layout.work()))?;
    layout::create_folder(&folder.path().join("layer"))?;
    let mut sandbox = Sandbox::tool(&builder.settings, folder.path().to_owned(), vec!["true".into()]);
    sandbox.trees.push(Tree { name: "usr".into(), layers: vec!["layer".into(), "/usr".into()] });
    let (_keep, never) = tokio::sync::watch::channel(false);
    match run(&sandbox, builder.host().await?, &builder.settings, Sink::Memory, never).await? {
        Ended::Exited(0, _) => Ok(()),
        Ended::NotSetUp(output) | Ended::Exited(_, output) => Err(BuilderError::Impossible(not_set_up(&output))),
        Ended::Exceeded(limit) => Err(BuilderError::Impossible(format!("an empty build could not be run: {limit}"))),
        Ended::Stopped => Err(BuilderError::Unavailable("the check was stopped".into())),
    }
}

fn not_installed(missing: &[&(&str, &str, &str)]) -> String {
    format!(
        "the rpmbuild builder needs {}, which this host does not have; install with `apt install {}` or `dnf install {}`",
        unique(missing.iter().map(|one| one.0)),
        unique(missing.iter().map(|one| one.1)),
        unique(missing.iter().map(|one| one.2))
    )
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen.join(" ")
}

fn not_set_up(output: &[u8]) -> String {
    let reason = String::from_utf8_lossy(output);
    let reason = reason.lines().last().unwrap_or("no reason given").trim().to_owned();
    let forbidden = |name: &str, value: &str| fs::read_to_string(name).is_ok_and(|text| text.trim() == value);
    let hint = if forbidden("/proc/sys/user/max_user_namespaces", "0") {
        "user namespaces are turned off: set the sysctl user.max_user_namespaces to 10000"
    } else if forbidden("/proc/sys/kernel/unprivileged_userns_clone", "0") {
        "ordinary users may not make user namespaces: set the sysctl kernel.unprivileged_userns_clone to 1"
    } else if forbidden("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") {
        "AppArmor keeps ordinary users from making user namespaces: set the sysctl kernel.apparmor_restrict_unprivileged_userns to 0"
    } else if reason.contains("overlay") || reason.contains("wrong fs type") {
        "overlay file systems cannot be mounted in user namespaces: Linux 5.11 or newer with the module overlay is needed"
    } else if reason.contains("disable-userns") || reason.contains("json-status-fd") {
        "bubblewrap is too old: version 0.8 or newer is needed"
    } else {
        "in a container, allow mounts and user namespaces (e.g. --privileged or --security-opt seccomp=unconfined)"
    };
    format!("builds cannot be isolated on this host ({reason}); {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_once() {
        let missing = [&COMMANDS[0], &COMMANDS[1], &COMMANDS[6]];
        assert_eq!(
            not_installed(&missing),
            "the rpmbuild builder needs rpm rpmbuild bwrap, which this host does not have; \
             install with `apt install rpm bubblewrap` or `dnf install rpm rpm-build bubblewrap`"
        );
    }
}
