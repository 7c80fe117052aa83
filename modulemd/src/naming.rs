//! Names of a module build in a build system.

use crate::Nsvc;
use crate::contexts::sha1;

/// Longest tag that koji takes.
pub const MAX_TAG: usize = 256;

/// Longest build target that koji takes. No `-build` is appended to it, so the length of that is allowed on top.
pub const MAX_TARGET: usize = 50 + BUILD.len();

/// What is appended to a tag for the tag of its buildroot.
const BUILD: &str = "-build";

/// The tag of a build, `module-name-stream-version-context`. Scratch builds (with their id) are `scrmod-…+id`. Where it and
/// `-build` are longer than `max_length` characters, a hash stands for the four parts.
pub fn koji_tag(nsvc: &Nsvc, scratch_id: Option<i64>, max_length: usize) -> String {
    let (prefix, suffix) = match scratch_id {
        Some(id) => ("scrmod-", format!("+{id}")),
        None => ("module-", String::new()),
    };
    let parts = [&nsvc.name, &nsvc.stream, &nsvc.version, &nsvc.context].map(String::as_str);
    let tag = format!("{prefix}{}{suffix}", parts.join("-"));
    if tag.chars().count() + BUILD.len() <= max_length {
        return tag;
    }
    format!("{prefix}{}{suffix}", &sha1(&parts.join("."))[..16])
}

/// Name, version and release, as of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nvr {
    /// Name; may hold dashes.
    pub name: String,
    /// Version, without a dash.
    pub version: String,
    /// Release, without a dash.
    pub release: String,
    /// Epoch, where one is given.
    pub epoch: Option<String>,
}

impl Nvr {
    /// A module build as a package: its stream is the version.
    pub fn of_module(nsvc: &Nsvc) -> Self {
        Self {
            name: nsvc.name.clone(),
            version: nsvc.stream.replace('-', "_"),
            release: format!("{}.{}", nsvc.version, nsvc.context),
            epoch: None,
        }
    }
}

impl std::fmt::Display for Nvr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.name, self.version, self.release)
    }
}

/// The text is not `name-version-release`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected name-version-release")]
pub struct NotAnNvr;

impl std::str::FromStr for Nvr {
    type Err = NotAnNvr;

    /// Reads `name-version-release`; an epoch stands before the name or before the version.
    fn from_str(text: &str) -> Result<Self, NotAnNvr> {
        let mut parts = text.rsplitn(3, '-');
        let (Some(release), Some(version), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotAnNvr);
        };
        let (epoch, version) = split_epoch(version);
        let (epoch, name) = match epoch {
            Some(_) => (epoch, name),
            None => split_epoch(name),
        };
        if name.is_empty() {
            return Err(NotAnNvr);
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            release: release.to_owned(),
            epoch: epoch.map(str::to_owned),
        })
    }
}

fn split_epoch(text: &str) -> (Option<&str>, &str) {
    match text.split_once(':') {
        Some((epoch, rest)) => (Some(epoch), rest),
        None => (None, text),
    }
}
