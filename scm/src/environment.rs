//! What git gets to see of this machine: a home of its own, a fixed configuration, no terminal.

use std::ffi::OsString;
use std::path::Path;

/// Variables of the service that git may see: where programs, certificates and proxies are, and the agent for ssh keys.
const INHERITED: [&str; 13] = [
    "PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "SSH_AUTH_SOCK",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "no_proxy",
    "NO_PROXY",
    "ALL_PROXY",
    "all_proxy",
    "TMPDIR",
];

/// The whole configuration of git. It is a file and not `-c` options because git hides those from the `upload-pack` that it
/// starts for `file://` repositories, and that is the one that checks `safe.directory`.
const CONFIGURATION: &str = "\
[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
\tfsmonitor = false
\taskPass = true
[credential]
\thelper =
[protocol]
\tallow = never
[protocol \"ext\"]
\tallow = never
[gc]
\tauto = 0
[maintenance]
\tauto = false
[fetch]
\trecurseSubmodules = false
[submodule]
\trecurse = false
[filter \"lfs\"]
\tsmudge =
\tprocess =
\trequired = false
[http]
\tlowSpeedLimit = 1
\tlowSpeedTime = 60
";

/// Name of the configuration file in git's home.
const FILE: &str = "gitconfig";

/// Writes the configuration into `home` and returns the variables that every git process gets, and no others.
pub(crate) fn prepare(home: &Path) -> std::io::Result<Vec<(OsString, OsString)>> {
    let file = home.join(FILE);
    std::fs::write(&file, CONFIGURATION)?;
    let inherited = INHERITED.into_iter().filter_map(|name| Some((name.into(), std::env::var_os(name)?)));
    let ours: [(&str, OsString); 13] = [
        ("HOME", home.into()),
        ("XDG_CONFIG_HOME", home.into()),
        ("LC_ALL", "C".into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_CONFIG_GLOBAL", file.into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("GIT_ASKPASS", "true".into()),
        ("SSH_ASKPASS", "true".into()),
        ("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20 -oClearAllForwardings=yes".into()),
        ("GIT_SSH_VARIANT", "ssh".into()),
        ("GIT_NO_LAZY_FETCH", "1".into()),
        ("GIT_OPTIONAL_LOCKS", "0".into()),
        ("GIT_ATTR_NOSYSTEM", "1".into()),
    ];
    Ok(inherited.chain(ours.map(|(name, value)| (name.into(), value))).collect())
}
