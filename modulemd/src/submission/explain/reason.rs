//! Why something was not taken.

use std::fmt;

use super::rule::and;
use super::trail::By;
use crate::expansion::BuildState;

/// Why a stream, or its newest build, was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is excluded (`-stream`).
    Excluded(By),
    /// `BASE_MODULE_STREAM_EXCLUSIONS` has the stream.
    ExcludedByOperator,
    /// Others are named.
    NotNamed(By),
    /// It stands for this virtual stream as well, but is older.
    OlderThanTaken(String),
    /// This release is out, and a stream with a suffix is taken instead.
    Released(String),
    /// Another stream is the default.
    NotDefault,
    /// No build of the stream is ready; this is the state of the newest.
    NotReady(BuildState),
    /// Another build of the submission is built against it.
    OtherBuild,
    /// It was built against these base modules (`name:stream`) only, and not this build's.
    OtherBaseModule(Vec<String>),
    /// One requires at run time what the other is not: in words.
    Conflict(String),
    /// No combination with it works.
    NoCombination,
    /// It is newer; but this build was made earlier, and keeps what it was made with.
    Kept,
}

impl Reason {
    /// The names for programs.
    pub const NAMES: [&str; 12] = [
        "excluded",
        "excluded-by-operator",
        "not-named",
        "older",
        "released",
        "not-default",
        "not-ready",
        "other-build",
        "other-base-module",
        "conflict",
        "no-combination",
        "kept",
    ];

    /// The name for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Excluded(_) => "excluded",
            Self::ExcludedByOperator => "excluded-by-operator",
            Self::NotNamed(_) => "not-named",
            Self::OlderThanTaken(_) => "older",
            Self::Released(_) => "released",
            Self::NotDefault => "not-default",
            Self::NotReady(_) => "not-ready",
            Self::OtherBuild => "other-build",
            Self::OtherBaseModule(_) => "other-base-module",
            Self::Conflict(_) => "conflict",
            Self::NoCombination => "no-combination",
            Self::Kept => "kept",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excluded(by) => write!(f, "{by} excludes this stream"),
            Self::ExcludedByOperator => f.write_str("the configuration of the service excludes this stream"),
            Self::NotNamed(by) => write!(f, "{by} names other streams"),
            Self::OlderThanTaken(written) => write!(f, "it stands for {written} as well, but there is a newer stream"),
            Self::Released(release) => write!(f, "its release {release} is out; the stream with the suffix is taken"),
            Self::NotDefault => f.write_str("another stream is the default"),
            Self::NotReady(state) => write!(f, "no build of it is ready, the newest is in state {}", state.name()),
            Self::OtherBuild => f.write_str("another build of this submission is built against it"),
            Self::OtherBaseModule(bases) if bases.is_empty() => f.write_str("it was built for no base module"),
            Self::OtherBaseModule(bases) => write!(f, "it was built for {} only", and(bases)),
            Self::Conflict(conflict) => f.write_str(conflict),
            Self::NoCombination => f.write_str("it does not go together with the rest"),
            Self::Kept => f.write_str("it is newer, but the build was made before and keeps what it was made with"),
        }
    }
}
