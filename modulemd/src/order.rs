//! `buildafter`: which components a component needs in its buildroot.
//!
//! `read` refuses documents that have a cycle, that name a component that there is not, or that use `buildorder` as well.

use std::collections::BTreeSet;

use crate::ModuleStream;

/// Whether the components of the document are ordered by `buildafter`.
pub fn is_graph(document: &ModuleStream) -> bool {
    document.rpm_components.values().any(|component| !component.buildafter.is_empty())
}

/// Everything that `buildafter` of a component leads to, over any number of steps.
pub fn all_needs<'a>(document: &'a ModuleStream, component: &str) -> BTreeSet<&'a str> {
    let direct = |name: &str| document.rpm_components.get(name).into_iter().flat_map(|one| &one.buildafter);
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&str> = direct(component).map(String::as_str).collect();
    while let Some(name) = waiting.pop() {
        if found.insert(name) {
            waiting.extend(direct(name).map(String::as_str));
        }
    }
    found
}
