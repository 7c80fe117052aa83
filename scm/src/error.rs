//! What can go wrong with a repository, in words for a packager.

use thiserror::Error;

/// A repository could not be used. The texts are shown to users; they hold no local path and no credentials.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ScmError {
    /// The address is not in the allow-list.
    #[error("The submitted scmurl {0} is not allowed")]
    NotAllowed(String),
    /// The text is not an scmurl. `reason` is empty or starts with a blank.
    #[error("The submitted scmurl {url} is not valid.  Expected format is '{url}?[module-path]#[revision]'{reason}")]
    Malformed {
        /// What was submitted.
        url: String,
        /// What is wrong with it beyond the format.
        reason: String,
    },
    /// The address of a component's repository cannot be used.
    #[error("The repository address '{address}' is not valid: {reason}.")]
    BadAddress {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Not a name that git allows for a branch, tag or commit.
    #[error("The git reference '{reference}' is not valid: {reason}.")]
    BadReference {
        /// The name.
        reference: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The commit exists, but not in the branch that was named.
    #[error("Commit {commit} is not in branch {branch}.")]
    NotInBranch {
        /// Commit as submitted.
        commit: String,
        /// Branch as submitted.
        branch: String,
    },
    /// The commit exists, the branch does not.
    #[error("Commit {commit} is not in branch {branch}. There is no such branch in {repository}.")]
    NoBranch {
        /// Commit as submitted.
        commit: String,
        /// Branch as submitted.
        branch: String,
        /// The repository.
        repository: String,
    },
    /// No repository at this address, or not one that may be read.
    #[error("The repository {repository} does not exist or cannot be read: {detail}.")]
    NoRepository {
        /// The repository.
        repository: String,
        /// What git said.
        detail: String,
    },
    /// No such commit in the repository.
    #[error("The requested commit {commit} was not found in {repository}. Perhaps you forgot to push.")]
    NoCommit {
        /// Commit as submitted.
        commit: String,
        /// The repository.
        repository: String,
    },
    /// Neither a branch, nor a tag, nor a commit of this name.
    #[error("There is no branch, tag or commit {reference} in {repository}.")]
    NoReference {
        /// Name as given.
        reference: String,
        /// The repository.
        repository: String,
    },
    /// The repository has no module document.
    #[error("The SCM repository doesn't contain a modulemd file. Couldn't access: {path} in {repository} at {commit}.")]
    NoDocument {
        /// Path in the repository.
        path: String,
        /// The repository.
        repository: String,
        /// Full commit id.
        commit: String,
    },
    /// The module document is larger than the service takes.
    #[error("The modulemd file {path} in {repository} has {bytes} bytes, at most {limit} are allowed.")]
    DocumentTooBig {
        /// Path in the repository.
        path: String,
        /// The repository.
        repository: String,
        /// Its size.
        bytes: u64,
        /// The bound.
        limit: u64,
    },
    /// The repository, or what its server sends, is larger than the service takes.
    #[error("The repository {repository} is too large: at most {limit} bytes are fetched.")]
    TooBig {
        /// The repository.
        repository: String,
        /// The bound.
        limit: u64,
    },
    /// The commit's time cannot be written as a stream version.
    #[error("The commit {commit} has the time {seconds} s since 1970, from which no stream version can be made.")]
    BadTime {
        /// Full commit id.
        commit: String,
        /// What git printed.
        seconds: String,
    },
    /// Git gave up for a reason that is not the network's.
    #[error("Git cannot read the repository {repository}: {detail}.")]
    Refused {
        /// The repository.
        repository: String,
        /// What git said.
        detail: String,
    },
    /// The network or the server failed, after all retries.
    #[error("The repository {repository} cannot be reached: {detail}. Try again later.")]
    Unreachable {
        /// The repository.
        repository: String,
        /// What git said.
        detail: String,
    },
    /// The server did not answer in time.
    #[error("The repository {repository} did not answer within {seconds} seconds. Try again later.")]
    TimedOut {
        /// The repository.
        repository: String,
        /// The bound.
        seconds: u64,
    },
    /// This machine cannot run git: not installed, disk full.
    #[error("Git cannot be run: {0}.")]
    Broken(String),
}

/// Who has to act on an [`ScmError`]; decides status code and retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The user asked for something that is not allowed (403).
    Forbidden,
    /// The user's input is malformed or contradicts itself (400).
    Invalid,
    /// What the user named does not exist or cannot be used (422).
    Missing,
    /// The network, a server or this machine (503; a job repeats it).
    Infra,
}

impl ScmError {
    /// Who has to act.
    pub fn blame(&self) -> Blame {
        match self {
            Self::NotAllowed(_) => Blame::Forbidden,
            Self::Malformed { .. }
            | Self::BadAddress { .. }
            | Self::BadReference { .. }
            | Self::NotInBranch { .. }
            | Self::NoBranch { .. } => Blame::Invalid,
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken(_) => Blame::Infra,
            _ => Blame::Missing,
        }
    }

    /// Whether the same call may succeed later without anyone changing what was asked for.
    pub fn is_temporary(&self) -> bool {
        self.blame() == Blame::Infra
    }
}
