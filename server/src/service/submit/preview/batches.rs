//! Which components are built when.

use entities::component_build;
use jobs::rows::MACROS;
use modulemd::ModuleStream;
use modulemd::plan::MACROS_BATCH;
use modulemd::yaml::Node;

use super::reuse::Planned;
use super::{Batch, Component, Existing};

/// The components of a document by batch; `rows` are those of the build, if it is there and has any.
pub fn of(document: &ModuleStream, rows: &[component_build::Model]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for (package, batch) in planned(document, rows) {
        let row = rows.iter().find(|row| row.package == package);
        let component = component(document, package, row);
        match batches.last_mut() {
            Some(last) if last.batch == batch => last.components.push(component),
            _ => batches.push(Batch { batch, components: vec![component] }),
        }
    }
    batches
}

/// Notes what would become of components.
pub fn note(batches: &mut [Batch], planned: &Planned) {
    for component in batches.iter_mut().flat_map(|batch| &mut batch.components) {
        component.commit = planned.commits.get(&component.package).cloned();
        component.reuse = planned.decisions.get(&component.package).map(jobs::reuse::shown);
    }
}

/// Name and batch of every component in the order of the batches. A module without components has no macros either.
fn planned(document: &ModuleStream, rows: &[component_build::Model]) -> Vec<(String, i32)> {
    let mut planned = match rows {
        [] => modulemd::batches::batches(document),
        rows => rows.iter().map(|row| (row.package.clone(), row.batch.unwrap_or(MACROS_BATCH))).collect(),
    };
    if !planned.is_empty() && !planned.iter().any(|(_, batch)| *batch == MACROS_BATCH) {
        planned.push((MACROS.to_owned(), MACROS_BATCH));
    }
    planned.sort_by_key(|(_, batch)| *batch);
    planned
}

fn component(document: &ModuleStream, package: String, row: Option<&component_build::Model>) -> Component {
    let described = document.rpm_components.get(&package);
    let commit = row.and_then(|row| row.reference.clone());
    Component {
        repository: described.and_then(|component| component.repository.clone()),
        reference: commit
            .or_else(|| overridden(document, &package))
            .or_else(|| described.and_then(|component| component.reference.clone())),
        buildorder: described.map(|component| component.buildorder),
        buildonly: described.is_some_and(|component| component.buildonly),
        arches: described.into_iter().flat_map(|component| component.arches.iter().cloned()).collect(),
        commit: None,
        reuse: row.and_then(|row| serde_json::from_str(row.reuse.as_deref()?).ok()),
        existing: row.map(Existing::component),
        package,
    }
}

/// The ref that the submission has in place of the document's.
fn overridden(document: &ModuleStream, package: &str) -> Option<String> {
    let overrides = document.mbs()?.get("rpm_component_ref_overrides")?;
    overrides.get(package).and_then(Node::as_str).map(str::to_owned)
}
