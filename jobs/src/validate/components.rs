//! Components of a document: defaults filled in, rules checked.

use std::collections::BTreeSet;

use modulemd::yaml::Node;
use modulemd::{ModuleStream, included};

use super::problems::Problems;
use crate::{JobError, Settings, rows};

/// Fills in where components and included modules come from, as far as the document does not say; refuses what the operator does
/// not allow. All problems that the document alone shows are reported together, a line each; nothing is looked up anywhere.
pub fn complete_components(document: &mut ModuleStream, settings: &Settings) -> Result<(), JobError> {
    let mut problems = Problems::default();
    let default_ref = default_ref(document, settings);
    complete(document, settings, &default_ref, &mut problems);
    if document.module_components.is_empty() {
        check_overrides(document, &included::Modules::new(), &mut problems);
    }
    problems.into_result()
}

/// The ref of components that name none: the branch of the submission, or `DEFAULT_BRANCH`. Included modules inherit it.
pub fn default_ref(document: &ModuleStream, settings: &Settings) -> String {
    let branch = document.mbs().and_then(|mbs| mbs.get("branch")).and_then(Node::as_str);
    branch.unwrap_or(&settings.default_branch).to_owned()
}

/// The same for a document that may be that of an included module.
pub fn complete(document: &mut ModuleStream, settings: &Settings, default_ref: &str, problems: &mut Problems) {
    complete_rpms(document, settings, default_ref, problems);
    complete_modules(document, settings, default_ref, problems);
}

fn complete_rpms(document: &mut ModuleStream, settings: &Settings, default_ref: &str, problems: &mut Problems) {
    if document.rpm_components.contains_key(rows::MACROS) {
        problems
            .push(format!("A component cannot be named {}: the service makes one of that name itself", rows::MACROS));
    }
    // A build that goes on was completed before, by ourselves.
    let known = document.mbs().and_then(|mbs| mbs.get("rpms")).cloned().unwrap_or_default();
    for (name, component) in &mut document.rpm_components {
        if known.get(name).is_some() {
            continue;
        }
        if let Some(repository) = given(component.repository.as_ref()).filter(|_| !settings.rpms_allow_repository) {
            problems.push(format!(
                "Custom component repositories aren't allowed.  {name:?} bears repository {repository:?}"
            ));
        }
        if let Some(cache) = given(component.cache.as_ref()).filter(|_| !settings.rpms_allow_cache) {
            problems.push(format!("Custom component caches aren't allowed.  {name:?} bears cache {cache:?}"));
        }
        if !component.buildafter.is_empty() {
            problems.push(format!("The usage of \"buildafter\" is not yet supported: {name}"));
        }
        or_default(&mut component.repository, || format!("{}{name}", settings.rpms_repository));
        or_default(&mut component.cache, || format!("{}{name}", settings.rpms_cache));
        or_default(&mut component.reference, || default_ref.to_owned());
        if component.arches.is_empty() {
            component.arches = settings.arches.iter().cloned().collect();
        }
    }
}

fn complete_modules(document: &mut ModuleStream, settings: &Settings, default_ref: &str, problems: &mut Problems) {
    let known = document.mbs().is_some_and(|mbs| mbs.contains_key("rpms"));
    for (name, component) in &mut document.module_components {
        let custom = given(component.repository.as_ref()).filter(|_| !known && !settings.modules_allow_repository);
        if let Some(repository) = custom {
            problems
                .push(format!("Custom module repositories aren't allowed.  {name:?} bears repository {repository:?}"));
        }
        or_default(&mut component.repository, || format!("{}{name}", settings.modules_repository));
        or_default(&mut component.reference, || default_ref.to_owned());
    }
}

/// Refs of components that nobody has are a mistake.
pub fn check_overrides(document: &ModuleStream, modules: &included::Modules, problems: &mut Problems) {
    let overrides = document.mbs().and_then(|mbs| mbs.get("rpm_component_ref_overrides")).and_then(Node::as_map);
    let all = included::components(document, modules);
    let names: BTreeSet<&str> = all.iter().map(|(_, component)| component.name.as_str()).collect();
    for name in overrides.into_iter().flatten().map(|(name, _)| name) {
        if !names.contains(name.as_str()) {
            problems.push(format!("The ref of {name:?} is overridden, but the module has no such component"));
        }
    }
}

/// An empty text is as good as none.
fn given(text: Option<&String>) -> Option<&String> {
    text.filter(|text| !text.is_empty())
}

fn or_default(text: &mut Option<String>, default: impl FnOnce() -> String) {
    if text.as_ref().is_none_or(String::is_empty) {
        *text = Some(default());
    }
}
