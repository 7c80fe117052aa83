//! The steps one by one, as `server` calls them until it calls [`super::builds`].

use std::collections::{BTreeMap, BTreeSet};

use crate::ModuleStream;
use crate::expand::Index;
use crate::yaml::Node;

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `xmd.mbs` belongs to the service.
    #[error("The \"mbs\" xmd field is reserved for MBS")]
    ReservedXmd,
    /// Base modules are imported.
    #[error("You cannot build a module named \"{0}\" since it is a base module")]
    BaseModule(String),
    /// An included module names its repository, and the operator does not allow that.
    #[error("Custom module repositories aren't allowed.  {name:?} bears repository {repository:?}")]
    Repository {
        /// The included module.
        name: String,
        /// Its repository.
        repository: String,
    },
    /// An override for a module that the document does not mention.
    #[error("The {kind} overrides for the following modules aren't applicable: {}", .names.join(", "))]
    Overrides {
        /// `buildrequire` or `require`.
        kind: &'static str,
        /// The modules.
        names: Vec<String>,
    },
}

impl Refusal {
    /// Allowed for others, or with other options.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Repository { .. })
    }
}

/// Options of the checks.
#[derive(Clone, Debug)]
pub struct Rules {
    /// `BASE_MODULE_NAMES`.
    pub base_module_names: Vec<String>,
    /// `ALLOWED_PRIVILEGED_MODULE_NAMES`: these may set some keys of `xmd.mbs`.
    pub privileged_module_names: Vec<String>,
    /// `MODULES_ALLOW_REPOSITORY`.
    pub modules_allow_repository: bool,
}

/// Keys of `xmd.mbs` that privileged modules may set.
const PRIVILEGED_KEYS: [&str; 3] = ["disttag_marking", "koji_tag_arches", "static_context"];

/// Whether this document may be submitted at all.
pub fn check(document: &ModuleStream, rules: &Rules) -> Result<(), Refusal> {
    for (name, component) in &document.module_components {
        if let Some(repository) = component.repository.clone().filter(|_| !rules.modules_allow_repository) {
            return Err(Refusal::Repository { name: name.clone(), repository });
        }
    }
    if let Some(mbs) = document.xmd.get("mbs") {
        let privileged = rules.privileged_module_names.iter().any(|name| name == document.name());
        let mut keys = mbs.as_map().into_iter().flatten().map(|(key, _)| key.as_str());
        if !privileged || keys.any(|key| !PRIVILEGED_KEYS.contains(&key)) {
            return Err(Refusal::ReservedXmd);
        }
    }
    if rules.base_module_names.iter().any(|name| name == document.name()) {
        return Err(Refusal::BaseModule(document.name().to_owned()));
    }
    Ok(())
}

/// Streams by module name.
pub type Streams = BTreeMap<String, Vec<String>>;

/// Replaces streams of buildrequires and requires; an override applies to every block that names the module.
pub fn override_dependencies(
    document: &mut ModuleStream,
    buildrequires: &Streams,
    requires: &Streams,
) -> Result<(), Refusal> {
    let mut unused = (names(buildrequires), names(requires));
    for block in &mut document.dependencies {
        replace(&mut block.buildrequires, buildrequires, &mut unused.0);
        replace(&mut block.requires, requires, &mut unused.1);
    }
    for (kind, names) in [("buildrequire", unused.0), ("require", unused.1)] {
        if !names.is_empty() {
            return Err(Refusal::Overrides { kind, names: names.into_iter().map(str::to_owned).collect() });
        }
    }
    Ok(())
}

fn names(overrides: &Streams) -> BTreeSet<&str> {
    overrides.keys().map(String::as_str).collect()
}

fn replace<'a>(block: &mut BTreeMap<String, BTreeSet<String>>, overrides: &'a Streams, unused: &mut BTreeSet<&'a str>) {
    for (name, streams) in overrides {
        if let Some(entry) = block.get_mut(name) {
            *entry = streams.iter().cloned().collect();
            unused.remove(name.as_str());
        }
    }
}

/// Notes parameters of the submission in `xmd.mbs`, where later steps look for them.
pub fn note_parameters(
    document: &mut ModuleStream,
    branch: Option<&str>,
    side_tag: Option<&str>,
    ref_overrides: &BTreeMap<String, String>,
) {
    for (key, value) in [("branch", branch), ("side_tag", side_tag)] {
        if let Some(value) = value {
            document.mbs_mut().insert(key.to_owned(), value.into());
        }
    }
    if !ref_overrides.is_empty() {
        let refs = ref_overrides.iter().map(|(name, reference)| (name.clone(), reference.as_str().into()));
        document.mbs_mut().insert("rpm_component_ref_overrides".to_owned(), Node::Map(refs.collect()));
    }
}

/// Replaces virtual streams of buildrequired base modules by the newest stream that has them. The index has to hold the base
/// modules.
pub fn resolve_virtual_streams(document: &mut ModuleStream, base_modules: &[String], index: &Index) {
    for block in &mut document.dependencies {
        for name in base_modules {
            let Some(streams) = block.buildrequires.get_mut(name) else { continue };
            *streams = streams.iter().map(|stream| real_stream(name, stream, index)).collect();
        }
    }
}

fn real_stream(name: &str, stream: &str, index: &Index) -> String {
    if stream.starts_with('-') || !index.builds(name, stream).is_empty() {
        return stream.to_owned();
    }
    index.latest_with_virtual_stream(name, stream).unwrap_or(stream).to_owned()
}
