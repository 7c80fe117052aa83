//! The packager document, version 3: what a packager writes, with one configuration for every build of it.
//!
//! ```yaml
//! document: modulemd-packager
//! version: 3
//! data:
//!   summary: An editor
//!   description: An editor for everything.
//!   configurations:
//!   - context: f38
//!     platform: f38
//!     buildrequires: {perl: ["5.36"]}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::stream::{BuildOptions, Dependencies, ModuleComponent, ModuleStream, Profile, RpmComponent};
use crate::yaml::Node;

/// The licence of a document that names none.
const DEFAULT_LICENSE: &str = "MIT";

/// A packager document, version 3. The fields are those of [`ModuleStream`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackagerV3 {
    /// Module name; comes from the repository where it is missing.
    pub name: Option<String>,
    /// Stream; comes from the branch where it is missing.
    pub stream: Option<String>,
    /// One line.
    pub summary: String,
    /// Any number of lines.
    pub description: String,
    /// Licences of the document; empty stands for MIT.
    pub licenses: BTreeSet<String>,
    /// Extensible metadata.
    pub xmd: Node,
    /// What is built, by context; never empty in a document that was read.
    pub configurations: BTreeMap<String, Configuration>,
    /// `references.community`.
    pub community: Option<String>,
    /// `references.documentation`.
    pub documentation: Option<String>,
    /// `references.tracker`.
    pub tracker: Option<String>,
    /// Package sets to install, by profile name.
    pub profiles: BTreeMap<String, Profile>,
    /// `api.rpms`.
    pub api_rpms: BTreeSet<String>,
    /// `filter.rpms`.
    pub filter_rpms: BTreeSet<String>,
    /// `demodularized.rpms`.
    pub demodularized_rpms: BTreeSet<String>,
    /// Components built from RPM source repositories, by name.
    pub rpm_components: BTreeMap<String, RpmComponent>,
    /// Other modules whose components are included, by name.
    pub module_components: BTreeMap<String, ModuleComponent>,
}

/// One build of a packager document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Name of the configuration, one to ten letters and digits; the context of its build.
    pub context: String,
    /// Stream of the platform module that it is built for and runs on.
    pub platform: String,
    /// Modules needed to build, each with its stream.
    pub buildrequires: BTreeMap<String, String>,
    /// Modules needed at run time, each with its stream.
    pub requires: BTreeMap<String, String>,
    /// How it is built.
    pub buildopts: BuildOptions,
}

impl PackagerV3 {
    /// One stream for every configuration, with the configuration's name as its static context. Which profile is the
    /// default one is not the stream's to say, so that mark is left out.
    pub fn to_streams(&self) -> Vec<ModuleStream> {
        self.configurations.values().map(|configuration| self.to_stream(configuration)).collect()
    }

    fn to_stream(&self, configuration: &Configuration) -> ModuleStream {
        let mut module_licenses = self.licenses.clone();
        if module_licenses.is_empty() {
            module_licenses.insert(DEFAULT_LICENSE.to_owned());
        }
        let mut profiles = self.profiles.clone();
        for profile in profiles.values_mut() {
            profile.default = false;
        }
        ModuleStream {
            name: self.name.clone(),
            stream: self.stream.clone(),
            context: Some(configuration.context.clone()),
            static_context: true,
            summary: self.summary.clone(),
            description: self.description.clone(),
            module_licenses,
            dependencies: vec![configuration.dependencies()],
            community: self.community.clone(),
            documentation: self.documentation.clone(),
            tracker: self.tracker.clone(),
            profiles,
            api_rpms: self.api_rpms.clone(),
            filter_rpms: self.filter_rpms.clone(),
            demodularized_rpms: self.demodularized_rpms.clone(),
            buildopts: configuration.buildopts.clone(),
            rpm_components: self.rpm_components.clone(),
            module_components: self.module_components.clone(),
            xmd: self.xmd.clone(),
            ..ModuleStream::default()
        }
    }
}

impl Configuration {
    fn dependencies(&self) -> Dependencies {
        let with_platform = |modules: &BTreeMap<String, String>| {
            let mut streams: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            let platform = [("platform", self.platform.as_str())];
            let modules = modules.iter().map(|(module, stream)| (module.as_str(), stream.as_str()));
            for (module, stream) in platform.into_iter().chain(modules) {
                streams.entry(module.to_owned()).or_default().insert(stream.to_owned());
            }
            streams
        };
        Dependencies { buildrequires: with_platform(&self.buildrequires), requires: with_platform(&self.requires) }
    }
}
