//! Default modules: those that a base module has every build buildrequire without naming them.

use std::collections::BTreeMap;

use super::index::{BuildState, Index, KnownBuild};
use super::lookup::newest;
use super::{ExpandError, ExpandSettings, Lookup, apply, base_modules, streams};
use crate::version::version_prefix;
use crate::yaml::Node;
use crate::{ModuleStream, Nsvc};

/// The default modules of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefaultModules {
    /// Entries of `xmd.mbs.buildrequires` by module name.
    pub buildrequires: BTreeMap<String, Node>,
    /// What was added or left out and why, in sentences.
    pub notes: Vec<String>,
}

/// Which of `defaults` (streams by module name) a build of `document` against the base module `base` gets. Not what it
/// buildrequires already; of all others the newest build against this base module or, failing that, the newest compatible one
/// that has a build, if that build may run on the stream of `base`.
pub fn default_modules(
    document: &ModuleStream,
    base: &Nsvc,
    defaults: &BTreeMap<String, String>,
    index: &Index,
    settings: &ExpandSettings,
) -> Result<DefaultModules, ExpandError> {
    let lookup = Lookup::new(index);
    let chosen = choose(document, base, defaults, &lookup, settings);
    match lookup.missing() {
        missing if missing.is_empty() => chosen,
        missing => Err(ExpandError::Missing(missing)),
    }
}

fn choose(
    document: &ModuleStream,
    base: &Nsvc,
    defaults: &BTreeMap<String, String>,
    lookup: &Lookup<'_>,
    settings: &ExpandSettings,
) -> Result<DefaultModules, ExpandError> {
    let mut chosen = DefaultModules::default();
    let Some(row) = lookup.rows(&base.name).iter().find(|build| build.nsvc == *base) else { return Ok(chosen) };
    let found = base_modules::with_compatible(row, lookup, settings)?;
    let mut bases: Vec<&KnownBuild> = found.ready.into_iter().chain(found.garbage).collect();
    let number = |build: &KnownBuild| version_prefix(&build.nsvc.stream, &settings.stream_suffixes).unwrap_or(0.0);
    bases.sort_by(|a, b| number(b).total_cmp(&number(a)));
    let required = document.mbs().and_then(|mbs| mbs.get("buildrequires"));
    for (name, stream) in defaults {
        if let Some(there) = required.and_then(|required| required.get(name)) {
            let there = there.get("stream").and_then(Node::as_str).unwrap_or_default();
            if there != stream {
                chosen.notes.push(format!(
                    "The default module {name}:{stream} is not buildrequired, since {name}:{there} is already."
                ));
            }
            continue;
        }
        match newest_for(name, stream, base, &bases, lookup, settings)? {
            Some(build) => {
                chosen.buildrequires.insert(name.clone(), apply::details(build, lookup)?);
                chosen.notes.push(format!("Buildrequires the default module {} of {base}.", build.nsvc));
            }
            None => chosen.notes.push(format!(
                "The default module {name}:{stream} of {base} has no build for it and is not buildrequired."
            )),
        }
    }
    Ok(chosen)
}

/// Of the first base module that has a fitting build, the last one of its newest version.
fn newest_for<'a>(
    name: &str,
    stream: &str,
    base: &Nsvc,
    bases: &[&KnownBuild],
    lookup: &Lookup<'a>,
    settings: &ExpandSettings,
) -> Result<Option<&'a KnownBuild>, ExpandError> {
    // Everything is asked for at once.
    lookup.rows(name);
    for built_against in bases {
        let ready = lookup.builds(name, BuildState::Ready);
        let builds =
            newest(ready.filter(|build| build.nsvc.stream == stream && build.base_modules.contains(&built_against.id)));
        let mut fitting = None;
        for build in builds {
            if runs_on(build, base, lookup, settings)? {
                fitting = Some(build);
            }
        }
        if fitting.is_some() {
            return Ok(fitting);
        }
    }
    Ok(None)
}

/// Whether a build may be installed on the stream of `base`.
fn runs_on(
    build: &KnownBuild,
    base: &Nsvc,
    lookup: &Lookup<'_>,
    settings: &ExpandSettings,
) -> Result<bool, ExpandError> {
    let Some(document) = lookup.document(build) else { return Ok(false) };
    for block in &document.dependencies {
        if let Some(required) = block.requires.get(&base.name)
            && streams::expanded(&base.name, required, lookup, settings)?.contains(&base.stream)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
