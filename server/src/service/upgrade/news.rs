//! What an upgrade says while it runs.

use std::fmt::{Display, Formatter, Result};

/// A piece of news.
#[derive(Clone, Debug)]
pub enum News {
    /// Another process upgrades the same database, and is waited for.
    NotAlone,
    /// Somebody else has a lock that is needed; it is tried again.
    Busy,
    /// A schema change was made.
    Changed(String),
    /// So many rows of `module_builds` are complete, of so many that were not.
    Rows {
        /// Complete now.
        done: u64,
        /// At the beginning.
        of: u64,
    },
    /// The document of a module build cannot be read, so nothing is known of its buildrequires.
    Unreadable {
        /// The module build.
        id: i32,
        /// Why.
        reason: String,
    },
}

impl News {
    /// Whether somebody should look at it.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Busy | Self::NotAlone)
    }
}

impl Display for News {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Self::NotAlone => write!(f, "another process is upgrading this database; waiting for it"),
            Self::Busy => write!(f, "others hold a lock that is needed for long; trying again"),
            Self::Changed(name) => write!(f, "schema change {name} made"),
            Self::Rows { done, of } => write!(f, "buildrequires derived for {done} of {of} module builds"),
            Self::Unreadable { id, reason } => {
                write!(
                    f,
                    "the modulemd of module build {id} cannot be read, taking its buildrequires for empty: {reason}"
                )
            }
        }
    }
}
