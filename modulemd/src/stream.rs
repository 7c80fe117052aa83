//! The module stream document: what is built, from which components, against which modules.
//!
//! In memory there is one form, that of version 2; a version 1 document is upgraded when it is read. Maps and sets are
//! ordered by name, as libmodulemd hands them out, so everything derived from a document is the same on every run.

use std::collections::{BTreeMap, BTreeSet};

use crate::yaml::Node;

/// One module stream, version 2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleStream {
    /// Module name; a submission may leave it out (it comes from the repository).
    pub name: Option<String>,
    /// Stream name; a submission may leave it out (it comes from the branch).
    pub stream: Option<String>,
    /// Version; 0 where the document has none.
    pub version: u64,
    /// Context; packagers leave it out unless it is static.
    pub context: Option<String>,
    /// `static_context: true`: the context above was chosen by the packager and stays.
    pub static_context: bool,
    /// Architecture, only in built documents.
    pub arch: Option<String>,
    /// One line.
    pub summary: String,
    /// Any number of lines.
    pub description: String,
    /// `license.module`: licences of the document itself.
    pub module_licenses: BTreeSet<String>,
    /// `license.content`: licences of what it contains, filled in after the build.
    pub content_licenses: BTreeSet<String>,
    /// Dependency blocks; each is one alternative to build and run the module with.
    pub dependencies: Vec<Dependencies>,
    /// `references.community`.
    pub community: Option<String>,
    /// `references.documentation`.
    pub documentation: Option<String>,
    /// `references.tracker`.
    pub tracker: Option<String>,
    /// Package sets to install, by profile name.
    pub profiles: BTreeMap<String, Profile>,
    /// `api.rpms`: the packages that users may rely on.
    pub api_rpms: BTreeSet<String>,
    /// `filter.rpms`: binary packages left out of the repository.
    pub filter_rpms: BTreeSet<String>,
    /// `demodularized.rpms`: packages that left the module.
    pub demodularized_rpms: BTreeSet<String>,
    /// `buildopts`.
    pub buildopts: BuildOptions,
    /// Components built from RPM source repositories, by name.
    pub rpm_components: BTreeMap<String, RpmComponent>,
    /// Other modules whose components are included, by name.
    pub module_components: BTreeMap<String, ModuleComponent>,
    /// `artifacts.rpms`: NEVRAs that the build produced.
    pub rpm_artifacts: BTreeSet<String>,
    /// `artifacts.rpm-map`, kept as it stands.
    pub rpm_artifact_map: Option<Node>,
    /// Service levels with their end of life (`YYYY-MM-DD`), where given.
    pub servicelevels: BTreeMap<String, Option<String>>,
    /// Extensible metadata; `xmd.mbs` belongs to the build service.
    pub xmd: Node,
}

/// One dependency block: for every module the streams it may have. An empty set is "any stream"; a leading `-` excludes one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    /// Modules needed to build.
    pub buildrequires: BTreeMap<String, BTreeSet<String>>,
    /// Modules needed at run time.
    pub requires: BTreeMap<String, BTreeSet<String>>,
}

/// A set of packages to install together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// What the profile is for.
    pub description: Option<String>,
    /// Binary packages.
    pub rpms: BTreeSet<String>,
    /// Installed when no profile is named.
    pub default: bool,
}

/// How the module is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// `rpms.macros`: RPM macro definitions, one a line.
    pub rpm_macros: Option<String>,
    /// `rpms.whitelist`: names of packages that may be built.
    pub rpm_whitelist: BTreeSet<String>,
    /// `arches`: build for these only; empty is all.
    pub arches: BTreeSet<String>,
}

/// A component built from an RPM source repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RpmComponent {
    /// Key in the document.
    pub name: String,
    /// Why it is in the module.
    pub rationale: String,
    /// Name of the package where it differs from the key.
    pub source_name: Option<String>,
    /// Git repository.
    pub repository: Option<String>,
    /// Lookaside cache of the sources.
    pub cache: Option<String>,
    /// Branch, tag or commit.
    pub reference: Option<String>,
    /// Not part of the result, only needed to build the others.
    pub buildonly: bool,
    /// Part of the buildroot of every other component.
    pub buildroot: bool,
    /// Part of the buildroot in which source packages are made.
    pub srpm_buildroot: bool,
    /// Components with a smaller number are built first.
    pub buildorder: i64,
    /// Names of components that have to be built first.
    pub buildafter: BTreeSet<String>,
    /// Architectures it is built for; empty is all.
    pub arches: BTreeSet<String>,
    /// Architectures whose packages are also shipped as multilib.
    pub multilib: BTreeSet<String>,
}

/// Another module whose components are built as part of this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleComponent {
    /// Key in the document.
    pub name: String,
    /// Why it is in the module.
    pub rationale: String,
    /// Git repository of the other module's document.
    pub repository: Option<String>,
    /// Branch, tag or commit.
    pub reference: Option<String>,
    /// As for [`RpmComponent::buildorder`].
    pub buildorder: i64,
    /// As for [`RpmComponent::buildafter`].
    pub buildafter: BTreeSet<String>,
}

impl ModuleStream {
    /// The name, or the empty text where the document has none.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// The stream, or the empty text where the document has none.
    pub fn stream(&self) -> &str {
        self.stream.as_deref().unwrap_or_default()
    }

    /// `xmd.mbs`, if it is there.
    pub fn mbs(&self) -> Option<&BTreeMap<String, Node>> {
        self.xmd.get("mbs")?.as_map()
    }

    /// `xmd.mbs` to change; it is made where it is missing.
    pub fn mbs_mut(&mut self) -> &mut BTreeMap<String, Node> {
        self.xmd.as_map_mut().entry("mbs".to_owned()).or_default().as_map_mut()
    }
}
