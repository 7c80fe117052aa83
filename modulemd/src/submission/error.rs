//! Why a submission is refused.

use std::collections::BTreeSet;

use crate::expansion::{ExpandError, Wanted};
use crate::names::BadName;

/// Kinds of refusals, each an HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 400: the request or the document asks for something that makes no sense.
    Invalid,
    /// 403: the operator does not allow it.
    Forbidden,
    /// 422: well-formed, but cannot be built with what there is.
    Unprocessable,
}

/// Why a submission is refused. Texts that clients of the Python service know are its texts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// A name that cannot be used.
    #[error(transparent)]
    Name(#[from] BadName),
    /// `xmd.mbs` belongs to the service.
    #[error("The \"mbs\" xmd field is reserved for MBS")]
    ReservedXmd,
    /// Base modules are imported.
    #[error("You cannot build a module named \"{0}\" since it is a base module")]
    BaseModule(String),
    /// An included module names its repository, and the operator does not allow that.
    #[error("Custom module repositories aren't allowed.  {} bears repository {}", quoted(.name), quoted(.repository))]
    Repository {
        /// The included module.
        name: String,
        /// Its repository.
        repository: String,
    },
    /// Overrides for modules that the document does not mention.
    #[error("The {kind} overrides for the following modules aren't applicable: {}", .names.join(", "))]
    NotApplicable {
        /// `buildrequire` or `require`.
        kind: &'static str,
        /// The modules, sorted.
        names: Vec<String>,
    },
    /// `xmd.mbs_options.contexts` is not as it has to be.
    #[error("{0}")]
    StaticContexts(String),
    /// Only scratch builds from this branch.
    #[error("Only scratch module builds can be built from this branch.")]
    ScratchOnly,
    /// The identity of a build would hold a dash.
    #[error("Dashes not allowed in {0}")]
    Dash(&'static str),
    /// A document that is not valid once it is expanded.
    #[error("{0}")]
    Invalid(String),
    /// The streams cannot be expanded, or more has to be known for it.
    #[error(transparent)]
    Expand(#[from] ExpandError),
    /// No refusal: whether these releases are out has to be asked, and added to the settings.
    #[error("it has to be known whether {} releases are out", .0.len())]
    Releases(BTreeSet<String>),
}

impl SubmissionError {
    /// What has to be looked up before there is an answer; `None` for a refusal.
    pub fn missing(&self) -> Option<&BTreeSet<Wanted>> {
        match self {
            Self::Expand(ExpandError::Missing(wanted)) => Some(wanted),
            _ => None,
        }
    }

    /// Releases that have to be asked about before there is an answer; `None` for a refusal.
    pub fn releases(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::Releases(names) => Some(names),
            _ => None,
        }
    }

    /// Which kind of refusal it is.
    pub fn class(&self) -> Class {
        match self {
            Self::Repository { .. } => Class::Forbidden,
            Self::Expand(ExpandError::NoStaticContext | ExpandError::NoCombination(_))
            | Self::ReservedXmd
            | Self::BaseModule(_)
            | Self::NotApplicable { .. }
            | Self::StaticContexts(_)
            | Self::ScratchOnly
            | Self::Dash(_) => Class::Invalid,
            Self::Name(_) | Self::Invalid(_) | Self::Expand(_) | Self::Releases(_) => Class::Unprocessable,
        }
    }
}

/// A text in quotes that it does not hold, single ones if possible.
fn quoted(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        return format!("\"{text}\"");
    }
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{escaped}'")
}
