//! Why a component is built although there are earlier builds.

use std::collections::BTreeSet;
use std::fmt;

use crate::Nsvc;

/// Why there is no build to take components from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEarlierBuild {
    /// None of the base modules that it is built against can be built against any more.
    #[error("no base module that it is built against is ready")]
    NoBaseModule,
    /// Minor releases can only be compared where the stream has them.
    #[error("Cannot get compatible base modules, because stream of resolved base module {0} is not in x.y.z format.")]
    NotXyz(String),
    /// No build has the same buildrequires.
    #[error("no build of {module} that is ready and came from git was built against the same streams with {}", .base_modules.join(" or "))]
    NoneAlike {
        /// `name:stream`.
        module: String,
        /// Compatible base modules, `name:stream`.
        base_modules: Vec<String>,
    },
    /// There are some, but with a strategy that takes over more than this build may.
    #[error(
        "builds of {module} against the same streams are there, but the newest, {newest}, was built with \"{strategy}\""
    )]
    OnlyMoreLiberal {
        /// `name:stream`.
        module: String,
        /// The newest of them.
        newest: Box<Nsvc>,
        /// Its strategy.
        strategy: String,
    },
    /// The build that was asked for has been deleted.
    #[error("the build that its components should be taken from is gone")]
    Gone,
    /// The document that is stored with the earlier build is none.
    #[error("the stored modulemd of {0} cannot be read")]
    Unreadable(Box<Nsvc>),
}

/// What happened to a component that another one is built after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It was there.
    Removed,
    /// It comes from another commit.
    Commit {
        /// In the earlier build.
        before: String,
        /// Now.
        now: String,
    },
    /// It is built for other architectures.
    Arches {
        /// In the earlier build; empty is all.
        before: BTreeSet<String>,
        /// Now; empty is all.
        now: BTreeSet<String>,
    },
    /// It is built in another batch.
    Moved {
        /// In the earlier build.
        before: i32,
        /// Now.
        now: i32,
    },
}

/// Why a component is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The strategy is to build everything.
    Strategy,
    /// There is no build to take it from.
    NoEarlierBuild(NoEarlierBuild),
    /// It does not come from a commit; so is `module-build-macros`, which is made for every build.
    NoCommit,
    /// The earlier build has no such component.
    NewComponent {
        /// The earlier build.
        earlier: Nsvc,
    },
    /// It comes from another commit.
    Commit {
        /// In the earlier build.
        before: String,
        /// Now.
        now: String,
    },
    /// It is in another batch.
    Batch {
        /// In the earlier build.
        before: i32,
        /// Now.
        now: i32,
    },
    /// The macros of the module changed.
    Macros {
        /// In the earlier build; none where it defines none.
        before: Option<String>,
        /// Now.
        now: Option<String>,
    },
    /// A component that it is built after is not what it was.
    BuiltAfterChange {
        /// That component.
        component: String,
        /// What happened to it.
        change: Change,
    },
    /// It is built for other architectures.
    Arches {
        /// In the earlier build; empty is all.
        before: BTreeSet<String>,
        /// Now; empty is all.
        now: BTreeSet<String>,
    },
    /// The earlier build has the component, but no packages of it.
    NoPackages {
        /// The earlier build.
        earlier: Nsvc,
    },
    /// A component that it is built after is built again.
    BuiltAfterRebuilt {
        /// That component.
        component: String,
    },
}

impl Reason {
    /// A short name of the rule, for programs.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Strategy => "strategy",
            Self::NoEarlierBuild(_) => "earlier-build",
            Self::NoCommit => "no-commit",
            Self::NewComponent { .. } => "new-component",
            Self::Commit { .. } => "commit",
            Self::Batch { .. } => "batch",
            Self::Macros { .. } => "macros",
            Self::BuiltAfterChange { .. } => "built-after-change",
            Self::Arches { .. } => "arches",
            Self::NoPackages { .. } => "no-packages",
            Self::BuiltAfterRebuilt { .. } => "built-after-rebuilt",
        }
    }

    /// The two values that the rule compared: in the earlier build, and now. `None` where there were not two.
    pub fn values(&self) -> Option<(String, String)> {
        match self {
            Self::Commit { before, now } => Some((before.clone(), now.clone())),
            Self::Batch { before, now } => Some((before.to_string(), now.to_string())),
            Self::Macros { before, now } => Some((before.clone().unwrap_or_default(), now.clone().unwrap_or_default())),
            Self::Arches { before, now } => Some((list(before), list(now))),
            Self::BuiltAfterChange { change, .. } => change.values(),
            _ => None,
        }
    }
}

impl Change {
    fn values(&self) -> Option<(String, String)> {
        match self {
            Self::Added | Self::Removed => None,
            Self::Commit { before, now } => Some((before.clone(), now.clone())),
            Self::Arches { before, now } => Some((list(before), list(now))),
            Self::Moved { before, now } => Some((before.to_string(), now.to_string())),
        }
    }
}

/// A sentence for packagers.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strategy => write!(f, "Built, because the rebuild strategy is \"all\"."),
            Self::NoEarlierBuild(why) => {
                write!(f, "Built, because there is no earlier build to take it from: {why}")?;
                if why.to_string().ends_with('.') { Ok(()) } else { write!(f, ".") }
            }
            Self::NoCommit => write!(f, "Built, because it does not come from a commit."),
            Self::NewComponent { earlier } => write!(f, "Built, because {earlier} does not have it."),
            Self::Commit { before, now } => write!(f, "Built, because its commit changed from {before} to {now}."),
            Self::Batch { before, now } => write!(f, "Built, because it moved from batch {before} to batch {now}."),
            Self::Macros { before, now } => {
                write!(
                    f,
                    "Built, because the macros of the module changed from {} to {}.",
                    quoted(before.as_deref()),
                    quoted(now.as_deref())
                )
            }
            Self::BuiltAfterChange { component, change } => {
                write!(f, "Built, because it is built after {component}, which {change}.")
            }
            Self::Arches { before, now } => {
                write!(f, "Built, because its architectures changed from {} to {}.", list(before), list(now))
            }
            Self::NoPackages { earlier } => write!(f, "Built, because there are no packages of it from {earlier}."),
            Self::BuiltAfterRebuilt { component } => {
                write!(f, "Built, because it is built after {component}, which is built again.")
            }
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => write!(f, "was added"),
            Self::Removed => write!(f, "was removed"),
            Self::Commit { before, now } => write!(f, "changed from commit {before} to {now}"),
            Self::Arches { before, now } => {
                write!(f, "changed its architectures from {} to {}", list(before), list(now))
            }
            Self::Moved { before, now } => write!(f, "moved from batch {before} to batch {now}"),
        }
    }
}

fn list(arches: &BTreeSet<String>) -> String {
    if arches.is_empty() { "all".to_owned() } else { arches.iter().map(String::as_str).collect::<Vec<_>>().join(", ") }
}

fn quoted(macros: Option<&str>) -> String {
    macros.map_or_else(|| "none".to_owned(), |text| format!("{text:?}"))
}
