//! Rules on a whole stream, which no single field can break.

use std::collections::{BTreeMap, BTreeSet};

use crate::order;
use crate::stream::{ModuleStream, RpmComponent};
use crate::yaml::shorten;

/// Longest static context: that of a configuration, and what the service appends to it.
const MAX_STATIC_CONTEXT: usize = 13;

/// Components of a circle that an error names at most.
const MAX_SHOWN: usize = 20;

/// A rule that a stream breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Problem {
    /// Keys from the document's `data` down to what breaks it, e.g. `components`, `rpms`, `bash`.
    pub path: Vec<String>,
    /// What is wrong and, where it helps, what to do.
    pub reason: String,
}

impl Problem {
    fn new(path: &[&str], reason: impl Into<String>) -> Self {
        Self { path: path.iter().map(|&step| step.to_owned()).collect(), reason: reason.into() }
    }
}

/// Holds a stream to the rules that libmodulemd validates, and to `buildafter` without cycles.
pub fn validate(stream: &ModuleStream) -> Result<(), Problem> {
    validate_submitted(stream)?;
    dependency_signs(stream)
}

/// As [`validate`], except for what stream expansion may still put right: streams of which only some have a `-`.
pub(super) fn validate_submitted(stream: &ModuleStream) -> Result<(), Problem> {
    static_context(stream)?;
    if stream.module_licenses.is_empty() {
        return Err(Problem::new(
            &["license", "module"],
            "the module has no licence; list at least one in license.module",
        ));
    }
    build_order(&stream.rpm_components)?;
    component_arches(stream)?;
    artifacts(&stream.rpm_artifacts)
}

fn static_context(stream: &ModuleStream) -> Result<(), Problem> {
    let Some(context) = stream.context.as_deref().filter(|_| stream.static_context) else {
        return Ok(());
    };
    let fits = (1..=MAX_STATIC_CONTEXT).contains(&context.len())
        && context.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if fits {
        return Ok(());
    }
    let reason = format!(
        "the static context `{}` has to be 1 to {MAX_STATIC_CONTEXT} letters, digits and underscores",
        shorten(context)
    );
    Err(Problem::new(&["context"], reason))
}

/// Either all components that have an order have a number, or all name what they come after.
fn build_order(components: &BTreeMap<String, RpmComponent>) -> Result<(), Problem> {
    let numbered = components.values().find(|component| component.buildorder != 0);
    for component in components.values().filter(|component| !component.buildafter.is_empty()) {
        let path = ["components", "rpms", component.name.as_str(), "buildafter"];
        if component.buildorder != 0 {
            let reason = format!(
                "the component `{}` has both buildorder and buildafter; keep one of them",
                shorten(&component.name)
            );
            return Err(Problem::new(&path, reason));
        }
        if let Some(numbered) = numbered {
            let reason = format!(
                "the component `{}` has buildafter, but `{}` has buildorder; a module uses one or the other",
                shorten(&component.name),
                shorten(&numbered.name)
            );
            return Err(Problem::new(&path, reason));
        }
        if let Some(unknown) = component.buildafter.iter().find(|name| !components.contains_key(*name)) {
            let reason = format!(
                "the component `{}` is to be built after `{}`, which is no component of this module",
                shorten(&component.name),
                shorten(unknown)
            );
            return Err(Problem::new(&path, reason));
        }
    }
    cycle(components)
}

fn cycle(components: &BTreeMap<String, RpmComponent>) -> Result<(), Problem> {
    let Err(circle) = order::depths(components) else {
        return Ok(());
    };
    let names: Vec<String> = circle.iter().take(MAX_SHOWN).map(|name| format!("`{}`", shorten(name))).collect();
    let more = if circle.len() > MAX_SHOWN { " after …" } else { "" };
    let reason = format!("these components wait for each other, so none can be built: {}{more}", names.join(" after "));
    Err(Problem::new(&["components", "rpms", circle[0], "buildafter"], reason))
}

fn component_arches(stream: &ModuleStream) -> Result<(), Problem> {
    let allowed = &stream.buildopts.arches;
    if allowed.is_empty() {
        return Ok(());
    }
    for component in stream.rpm_components.values() {
        if let Some(arch) = component.arches.difference(allowed).next() {
            let reason = format!(
                "the component `{}` is for the architecture `{}`, which is not in buildopts.arches",
                shorten(&component.name),
                shorten(arch)
            );
            return Err(Problem::new(&["components", "rpms", &component.name, "arches"], reason));
        }
    }
    Ok(())
}

fn artifacts(names: &BTreeSet<String>) -> Result<(), Problem> {
    match names.iter().find(|name| !is_nevra(name)) {
        Some(name) => {
            let reason = format!("the artifact `{}` is not of the form name-epoch:version-release.arch", shorten(name));
            Err(Problem::new(&["artifacts", "rpms", name], reason))
        }
        None => Ok(()),
    }
}

/// `name-epoch:version-release.arch`. Looked at from the end, because a name may hold hyphens; version, release and
/// architecture are free.
fn is_nevra(text: &str) -> bool {
    let parts = || {
        let (rest, _arch) = text.rsplit_once('.')?;
        let (rest, _release) = rest.rsplit_once('-')?;
        let (rest, version) = rest.rsplit_once(':')?;
        let (_name, epoch) = rest.rsplit_once('-')?;
        (!version.contains('-')).then_some(epoch)
    };
    parts().is_some_and(|epoch| epoch.starts_with(|first: char| first.is_ascii_digit()))
}

/// A module's streams are all to be used or all to be left out.
fn dependency_signs(stream: &ModuleStream) -> Result<(), Problem> {
    for (position, block) in stream.dependencies.iter().enumerate() {
        for (kind, modules) in [("requires", &block.requires), ("buildrequires", &block.buildrequires)] {
            for (module, streams) in modules {
                let excluded = streams.iter().filter(|stream| stream.starts_with('-')).count();
                if excluded != 0 && excluded != streams.len() {
                    let reason = format!(
                        "the streams of `{}` in {kind} are partly excluded by a `-`; either all or none can be",
                        shorten(module)
                    );
                    return Err(Problem::new(&["dependencies", &position.to_string(), kind, module], reason));
                }
            }
        }
    }
    Ok(())
}
