//! What a builder is asked to do, free of database rows.

use std::sync::Arc;

use modulemd::{ModuleStream, Nsvc};

/// The module build a component belongs to.
#[derive(Clone, Debug)]
pub struct ModuleRef {
    /// `module_builds.id`.
    pub id: i32,
    /// Its identity.
    pub nsvc: Nsvc,
    /// What [`crate::Builder::tag`] answered when the build left `wait`.
    pub tag: String,
    /// Value of `%dist` in its packages, e.g. `.module_f28+42+9c690d0e`.
    pub disttag: String,
    /// Scratch builds are never published for others.
    pub scratch: bool,
    /// Architectures it is built for.
    pub arches: Vec<String>,
    /// The document, after stream expansion.
    pub modulemd: Arc<ModuleStream>,
    /// The modules it is built against, base modules included.
    pub dependencies: Vec<Dependency>,
}

/// A module that another one is built against.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Its identity.
    pub nsvc: Nsvc,
    /// Its tag, where it has one; base modules of the embedded default have none.
    pub tag: Option<String>,
    /// NVRs (or names) of its packages that stay out of the buildroot.
    pub filtered_rpms: Vec<String>,
    /// A base module: it stands for the operating system.
    pub base: bool,
}

/// Where the source of a component comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A commit of a git repository that holds a spec file and sources.
    Scm {
        /// Repository, without query or fragment.
        url: String,
        /// Full commit id.
        commit: String,
    },
    /// A source package.
    Srpm {
        /// Path or address.
        location: String,
    },
    /// `module-build-macros`, which the builder makes itself from the module.
    BuildMacros,
}

/// One component to build.
#[derive(Clone, Debug)]
pub struct ComponentRequest {
    /// The module build it belongs to.
    pub module: Arc<ModuleRef>,
    /// `component_builds.id`; the task number of local builders.
    pub component_id: i32,
    /// Name of the source package.
    pub package: String,
    /// Counts submissions of this component: a resubmission after a failure is a new attempt. Starts at 0.
    pub attempt: i32,
    /// Where its source is.
    pub source: Source,
    /// Number of the repository it is built against.
    pub repository: i32,
    /// Architectures the component is restricted to; empty is all of the module's.
    pub arches: Vec<String>,
}

/// A component that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltComponent {
    /// `component_builds.id`.
    pub component_id: i32,
    /// Name of the source package.
    pub package: String,
    /// Name, version and release of the source package.
    pub nvr: String,
    /// The attempt that succeeded.
    pub attempt: i32,
    /// Only in the buildroot, never in the published repository.
    pub build_time_only: bool,
    /// For a component that another build made: tag of that build.
    pub reused_from: Option<String>,
}
