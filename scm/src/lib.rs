//! Git: fetch a module document, turn a branch into a commit, refuse addresses that are not allowed.
//!
//! Everything goes through the `git` command line, started directly and never through a shell. What a user wrote reaches git
//! only after it was checked ([`ScmUrl`], [`Repository`]), behind `--`, and in an environment where git can neither ask for
//! passwords, nor read anyone's configuration, nor use another transport than the one of the address. Nothing is ever checked
//! out: documents are read from the object store, so symbolic links, hooks, filters and submodules of a repository have no
//! effect here.
//!
//! | file | subject |
//! | --- | --- |
//! | `address.rs` | addresses of repositories and what may stand in them |
//! | `url.rs` | the `scmurl` that users submit |
//! | `reference.rs` | names of branches, tags and commits |
//! | `settings.rs` | bounds, retries, the list of allowed addresses |
//! | `environment.rs` | what git gets to see of this machine |
//! | `process.rs` | running git with a bound on time and size |
//! | `diagnosis.rs` | what git's complaints mean |
//! | `mirror.rs` | a temporary copy of a repository |
//! | `document.rs`, `latest.rs`, `files.rs` | the three things the service asks for |

mod address;
mod diagnosis;
mod document;
mod environment;
mod error;
mod files;
mod git;
mod latest;
mod mirror;
mod process;
mod reference;
mod settings;
mod url;

pub use address::Repository;
pub use document::{FetchedModulemd, Membership};
pub use error::{Blame, ScmError};
pub use files::CommittedFile;
pub use git::Git;
pub use reference::is_full_commit;
pub use settings::{AllowList, Settings};
pub use url::ScmUrl;
