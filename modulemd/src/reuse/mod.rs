//! Which components of a build are taken over from an earlier build of the same module, and why the others are built again.
//!
//! Three steps, all pure:
//!
//! 1. [`same_buildrequires`]: the build contexts that a build may have whose components fit, one for each compatible base module;
//! 2. [`earlier_build`]: of the builds that have one of these contexts, the one that components are taken from;
//! 3. [`decide`]: a [`Decision`] for each component.
//!
//! Every decision carries the rule that made it and the two values that the rule compared; docs/REUSE.md lists the rules.

mod component;
mod decide;
mod earlier;
mod module;
mod reason;

use std::fmt;

pub use component::component;
pub use decide::{all_at_once, decide};
pub use earlier::{Candidate, EarlierBuildError, SameBuildrequires, earlier_build, same_buildrequires};
pub use module::{ComponentRow, ModuleRows, Standing};
pub use reason::{Change, NoEarlierBuild, Reason};

use crate::Nsvc;

/// `component_builds.state_reason` of a component that was taken over; the text of the Python service.
pub const REUSED: &str = "Reused component from previous module build";

/// How much of a module is built again when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Everything.
    All,
    /// Components that changed, and everything that is built after them.
    ChangedAndAfter,
    /// Components that changed.
    OnlyChanged,
}

impl Strategy {
    const ALL: [(Self, &'static str); 3] =
        [(Self::All, "all"), (Self::ChangedAndAfter, "changed-and-after"), (Self::OnlyChanged, "only-changed")];

    /// The strategy with this name, e.g. `changed-and-after`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, own)| *own == name).map(|(strategy, _)| strategy)
    }

    /// Its name, e.g. `changed-and-after`.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(strategy, _)| *strategy == self).map_or("", |(_, name)| name)
    }
}

/// What becomes of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Its packages are those of an earlier build.
    Reused {
        /// `component_builds.id` of the component that made them (or took them over itself).
        from: i32,
        /// Name, version and release of the source package.
        nvr: String,
        /// The commit that both builds have of it.
        commit: String,
        /// The earlier build.
        earlier: Nsvc,
    },
    /// It is built.
    Rebuilt(Reason),
}

impl Decision {
    /// Whether the packages of an earlier build are taken.
    pub fn is_reused(&self) -> bool {
        matches!(self, Self::Reused { .. })
    }

    /// A short name of the rule that decided, for programs.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Reused { .. } => "unchanged",
            Self::Rebuilt(reason) => reason.rule(),
        }
    }

    /// The two values that the rule compared: in the earlier build, and now. `None` where there were not two.
    pub fn values(&self) -> Option<(String, String)> {
        match self {
            Self::Reused { commit, .. } => Some((commit.clone(), commit.clone())),
            Self::Rebuilt(reason) => reason.values(),
        }
    }
}

/// A sentence for packagers.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reused { nvr, commit, earlier, .. } => {
                write!(
                    f,
                    "Took over {nvr} from {earlier}: commit {commit} in both, and nothing else that counts changed."
                )
            }
            Self::Rebuilt(reason) => reason.fmt(f),
        }
    }
}
