//! What git's complaints mean. Git has no error codes, so this reads its English (`LC_ALL=C`) texts.

use crate::{Repository, ScmError};

/// The repository is not there, or not for us. Looked for first: the sentences about the network follow these, too.
const GONE: [&str; 15] = [
    "does not appear to be a git repository",
    "repository not exported",
    "no such repository",
    "not found",
    "returned error: 401",
    "returned error: 403",
    "returned error: 404",
    "returned error: 410",
    "remote error: access denied",
    "could not read username",
    "could not read password",
    "authentication failed",
    "permission denied",
    "host key verification failed",
    "terminal prompts disabled",
];

/// The network or the server is in trouble; the next attempt may work.
const NETWORK: [&str; 20] = [
    "could not resolve",
    "unable to look up",
    "name resolution",
    "connection refused",
    "connection reset",
    "connection timed out",
    "connection closed",
    "operation timed out",
    "operation too slow",
    "timed out",
    "network is unreachable",
    "no route to host",
    "unable to connect",
    "couldn't connect",
    "failed to connect",
    "remote end hung up",
    "early eof",
    "empty reply",
    "returned error: 5",
    "returned error: 429",
];

/// Turns what git wrote into an error about `repository`.
pub(crate) fn diagnose(stderr: &str, repository: &Repository) -> ScmError {
    let lower = stderr.to_lowercase();
    let has = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    let repository = repository.to_string();
    let detail = detail(stderr);
    if has(&GONE) && !has(&["could not resolve", "returned error: 5"]) {
        ScmError::NoRepository { repository, detail }
    } else if lower.contains("no space left") {
        ScmError::Broken(detail)
    } else if has(&NETWORK) {
        ScmError::Unreachable { repository, detail }
    } else {
        ScmError::Refused { repository, detail }
    }
}

/// Whether git only missed the reference that was asked for.
pub(crate) fn lacks_reference(stderr: &str) -> bool {
    ["couldn't find remote ref", "not our ref", "unadvertised object", "no such remote ref"]
        .iter()
        .any(|mark| stderr.contains(mark))
}

/// Whether the server is plain files behind HTTP, which cannot serve parts of a history.
pub(crate) fn is_dumb_server(stderr: &str) -> bool {
    stderr.contains("dumb http")
}

/// The first line that says what happened, without git's prefixes, control characters and full stop.
fn detail(stderr: &str) -> String {
    const LONGEST: usize = 300;
    let lines = || stderr.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("warning:"));
    let line =
        lines().find(|line| line.starts_with("fatal:")).or_else(|| lines().next()).unwrap_or("git gave no reason");
    let line = line.trim_start_matches("fatal: ").trim_start_matches("remote error: ").trim_end_matches(['.', ':']);
    line.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Blame;

    fn diagnosed(stderr: &str) -> ScmError {
        diagnose(stderr, &Repository::parse("https://h/x").unwrap())
    }

    #[test]
    fn tells_users_from_network() {
        for (stderr, blame) in [
            ("fatal: remote error: access denied or repository not exported: /modules/missing.git", Blame::Missing),
            (
                "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.",
                Blame::Missing,
            ),
            ("fatal: repository 'https://h/x/' not found", Blame::Missing),
            ("fatal: could not read Username for 'https://h': terminal prompts disabled", Blame::Missing),
            ("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.", Blame::Missing),
            ("fatal: protocol error: bad line length character: HTTP", Blame::Missing),
            ("fatal: unable to access 'https://h/x/': Could not resolve host: h", Blame::Infra),
            ("fatal: unable to connect to h:\nh[0: 127.0.0.1]: errno=Connection refused", Blame::Infra),
            ("fatal: unable to access 'http://h/x/': The requested URL returned error: 503", Blame::Infra),
            ("fatal: the remote end hung up unexpectedly", Blame::Infra),
            (
                "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
                Blame::Infra,
            ),
            ("fatal: write error: No space left on device", Blame::Infra),
            ("", Blame::Missing),
        ] {
            assert_eq!(diagnosed(stderr).blame(), blame, "{stderr}");
        }
    }

    #[test]
    fn details_are_one_clean_line() {
        assert_eq!(
            diagnosed("warning: x\nfatal: remote error: access denied or repository not exported: /m.git\n")
                .to_string(),
            "The repository https://h/x does not exist or cannot be read: access denied or repository not exported: /m.git.",
        );
        assert!(diagnosed(&format!("fatal: \u{1b}[31m{}", "x".repeat(9_000))).to_string().len() < 400);
    }
}
