//! Addresses of repositories, and what may stand in them.

use std::fmt;

use crate::ScmError;

/// Schemes that users may write, with the scheme that git gets and the transports that git may then use.
const SCHEMES: [(&str, &str, &str); 9] = [
    ("git", "git", "git"),
    ("git+http", "http", "http:https"),
    ("git+https", "https", "http:https"),
    ("git+rsync", "git+rsync", ""),
    ("git+ssh", "ssh", "ssh"),
    ("http", "http", "http:https"),
    ("https", "https", "http:https"),
    ("file", "file", "file"),
    ("ssh", "ssh", "ssh"),
];

/// Longest address that is looked at; browsers and git hosts stop at about the same length.
const MAX_LENGTH: usize = 2048;

/// Address of a git repository that is safe to hand to git: `scheme://host/path` with a known scheme, no options, no way out
/// of the path, no password.
///
/// ```
/// let repository = scm::Repository::parse("git+https://src.example.com/modules/testmodule.git/").unwrap();
/// assert_eq!(repository.as_str(), "https://src.example.com/modules/testmodule.git");
/// assert_eq!(repository.name(), "testmodule");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    address: String,
    name: String,
    transports: &'static str,
}

impl Repository {
    /// Reads an address without module path and revision. Fails with [`ScmError::BadAddress`].
    pub fn parse(text: &str) -> Result<Self, ScmError> {
        Self::check(text).map_err(|reason| ScmError::BadAddress { address: shown(text), reason })
    }

    /// As [`Repository::parse`], with the bare reason for callers that have an error of their own.
    pub(crate) fn check(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("it is longer than {MAX_LENGTH} characters"));
        }
        let (scheme, rest) = text.split_once("://").ok_or("it has no scheme such as https://")?;
        let (_, real, transports) = SCHEMES
            .into_iter()
            .find(|(written, _, _)| *written == scheme)
            .ok_or_else(|| format!("the transport '{}' is not supported, use {}", shown(scheme), names()))?;
        if transports.is_empty() {
            return Err("git no longer supports rsync, use https".into());
        }
        let (authority, path) = rest.trim_end_matches('/').split_once('/').ok_or("it has no path after the host")?;
        check_authority(real, authority)?;
        check_path(path)?;
        let last = path.rsplit('/').next().unwrap_or_default();
        let name = last.strip_suffix(".git").unwrap_or(last);
        if name.is_empty() {
            return Err("its last path element is no name".into());
        }
        Ok(Self { address: format!("{real}://{authority}/{path}"), name: name.to_owned(), transports })
    }

    /// The address as git gets it; `git+https` has become `https`.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// Last path element without `.git`: the name of the module or package.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Value of `GIT_ALLOW_PROTOCOL`.
    pub(crate) fn transports(&self) -> &'static str {
        self.transports
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

fn names() -> String {
    SCHEMES.map(|(written, _, _)| written).join(", ")
}

fn check_authority(scheme: &str, authority: &str) -> Result<(), String> {
    if scheme == "file" {
        return if authority.is_empty() || authority == "localhost" {
            Ok(())
        } else {
            Err("a file address has no host: write file:///path".into())
        };
    }
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') {
        return Err("it must not hold a password".into());
    }
    if user.starts_with('-') || !user.chars().all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c)) {
        return Err("its user name has characters that are not allowed".into());
    }
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("its port is not a number from 0 to 65535".into());
    }
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let fits = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)),
    };
    if !fits || host.starts_with('-') {
        return Err("its host is not a host name".into());
    }
    Ok(())
}

/// Checks a path of an address or inside a repository, also as it reads after percent-decoding.
pub(crate) fn check_path(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("its path is empty".into());
    }
    let decoded = percent_decoded(path);
    for text in [path.as_bytes(), decoded.as_slice()] {
        if text.iter().any(|byte| byte.is_ascii_control() || byte.is_ascii_whitespace()) {
            return Err("white space and control characters are not allowed".into());
        }
        if text.split(|byte| *byte == b'/').any(|element| element == b"..") {
            return Err("'..' is not allowed in a path".into());
        }
        if text.split(|byte| *byte == b'/').any(|element| element.starts_with(b"-")) {
            return Err("a path element must not start with '-'".into());
        }
    }
    match path.chars().find(|c| "?#\\\"'`$&|;<>*:{}()".contains(*c)) {
        Some(c) => Err(format!("the character '{c}' is not allowed in a path")),
        None => Ok(()),
    }
}

fn percent_decoded(path: &str) -> Vec<u8> {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = (byte == b'%').then(|| path.get(at + 1..at + 3)).flatten();
        if let Some(value) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            decoded.push(value);
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    decoded
}

/// User input as it may stand in a message: one line, not endless.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut line: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_the_schemes_allow() {
        for (text, address, name) in [
            ("git://h/a/b.git", "git://h/a/b.git", "b"),
            ("git+http://h:8080/b", "http://h:8080/b", "b"),
            ("git+ssh://git@h/a/b.git", "ssh://git@h/a/b.git", "b"),
            ("ssh://git@[::1]:22/b", "ssh://git@[::1]:22/b", "b"),
            ("file:///srv/git/b.git/", "file:///srv/git/b.git", "b"),
            ("https://h/rpms/perl-List%2Bx", "https://h/rpms/perl-List%2Bx", "perl-List%2Bx"),
            ("https://h/rpms/libstdc++.git", "https://h/rpms/libstdc++.git", "libstdc++"),
            ("https://h/~user/b", "https://h/~user/b", "b"),
        ] {
            let repository = Repository::parse(text).unwrap();
            assert_eq!((repository.as_str(), repository.name()), (address, name));
        }
    }

    #[test]
    fn refuses_what_could_do_harm() {
        for text in [
            "",
            "-x",
            "--upload-pack=touch x",
            "/etc/passwd",
            "ext::sh -c id",
            "ext://sh/x",
            "fd::3",
            "ftp://h/x",
            "git+rsync://h/x",
            "git@host:path",
            "HTTPS://h/x",
            "https://h",
            "https://h/",
            "https:///x",
            "https://-oProxyCommand=id/x",
            "ssh://-oProxyCommand=id@h/x",
            "ssh://u@-oProxyCommand=id/x",
            "https://user:secret@h/x",
            "https://h:port/x",
            "https://h:99999/x",
            "https://h/a/../b",
            "https://h/a/%2e%2e/b",
            "https://h/..",
            "https://h/a b",
            "https://h/a%20b",
            "https://h/a\nb",
            "https://h/a%0ab",
            "https://h/a\0b",
            "https://h/--upload-pack=id",
            "https://h/$(id)",
            "https://h/ext::x",
            "https://h/.git",
            "file://host/x",
            "https://h x/y",
            "https://[::g]/y",
        ] {
            assert!(matches!(Repository::parse(text), Err(ScmError::BadAddress { .. })), "{text:?}");
        }
    }

    #[test]
    fn messages_stay_short() {
        let text = format!("https://h/{}", "x".repeat(100_000));
        let message = Repository::parse(&text).unwrap_err().to_string();
        assert!(message.len() < 500, "{message}");
    }
}
