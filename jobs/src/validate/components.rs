//! Components of a document: defaults filled in, rules checked, rows made.

use std::collections::HashMap;

use entities::{component_build, module_build, transition};
use modulemd::stream::RpmComponent;
use modulemd::yaml::Node;
use modulemd::{ModuleStream, batches, order};
use sea_orm::{ConnectionTrait, Set};

use crate::{Context, JobError, Settings, rows};

/// Weight of a component about which nothing is known.
const WEIGHT: f64 = 1.5;

/// Fills in where components come from, as far as the document does not say; refuses what the operator does not allow.
/// All problems are reported together.
pub fn fill_in(document: &mut ModuleStream, settings: &Settings) -> Result<(), JobError> {
    let branch = document.mbs().and_then(|mbs| mbs.get("branch")).and_then(Node::as_str);
    let default_ref = branch.unwrap_or(&settings.default_branch).to_owned();
    let mut problems = Vec::new();
    if let Some(name) = document.module_components.keys().next() {
        problems.push(format!("Including other modules is not supported yet: {name}"));
    }
    if document.rpm_components.contains_key(rows::MACROS) {
        problems
            .push(format!("A component cannot be named {}: the service makes one of that name itself", rows::MACROS));
    }
    for (name, component) in &mut document.rpm_components {
        if let Some(repository) = component.repository.as_ref().filter(|_| !settings.rpms_allow_repository) {
            problems.push(format!(
                "Custom component repositories aren't allowed.  {name:?} bears repository {repository:?}"
            ));
        }
        if let Some(cache) = component.cache.as_ref().filter(|_| !settings.rpms_allow_cache) {
            problems.push(format!("Custom component caches aren't allowed.  {name:?} bears cache {cache:?}"));
        }
        component.repository.get_or_insert_with(|| format!("{}{name}", settings.rpms_repository));
        component.cache.get_or_insert_with(|| format!("{}{name}", settings.rpms_cache));
        component.reference.get_or_insert_with(|| default_ref.clone());
        if component.arches.is_empty() {
            component.arches = settings.arches.iter().cloned().collect();
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(JobError::user(problems.join("\n"))) }
}

/// Makes a row for every component that has none yet; one that has (the build was resumed) must be the same.
pub async fn record<C: ConnectionTrait>(
    context: &Context,
    tx: &C,
    build: &module_build::Model,
    document: &ModuleStream,
) -> Result<(), JobError> {
    let known: HashMap<String, component_build::Model> =
        rows::components(tx, build.id).await?.into_iter().map(|row| (row.package.clone(), row)).collect();
    for (name, batch) in batches::batches(document) {
        let component = &document.rpm_components[&name];
        let commit = commit(document, &name);
        let repository = component.repository.clone().unwrap_or_default();
        let scmurl = format!("{repository}?#{}", commit.as_deref().unwrap_or_default());
        match known.get(&name) {
            Some(row) if row.batch == Some(batch) && row.scmurl == scmurl && row.reference == commit => {}
            Some(_) => return Err(changed(&name, build)),
            None => {
                let row = component_build::ActiveModel {
                    package: Set(name),
                    scmurl: Set(scmurl),
                    reference: Set(commit),
                    batch: Set(Some(batch)),
                    needs: Set(needs(document, component)),
                    buildonly: Set(Some(component.buildonly)),
                    build_time_only: Set(Some(false)),
                    ..new_row(build.id)
                };
                transition::create_component(tx, context.now(), row).await?;
            }
        }
    }
    Ok(())
}

/// In a module that is ordered by `buildafter`: names of the components that this one needs, as JSON.
fn needs(document: &ModuleStream, component: &RpmComponent) -> Option<String> {
    order::is_graph(document).then(|| serde_json::json!(component.buildafter).to_string())
}

/// A component that was not started.
pub fn new_row(module_id: i32) -> component_build::ActiveModel {
    component_build::ActiveModel {
        module_id: Set(module_id),
        format: Set("rpms".to_owned()),
        tagged: Set(Some(false)),
        tagged_in_final: Set(Some(false)),
        weight: Set(Some(WEIGHT)),
        attempt: Set(0),
        retries: Set(0),
        ..Default::default()
    }
}

/// The commit that validation found for a component.
fn commit(document: &ModuleStream, component: &str) -> Option<String> {
    let rpms = document.mbs()?.get("rpms")?;
    rpms.get(component)?.get("ref")?.as_str().map(str::to_owned)
}

fn changed(component: &str, build: &module_build::Model) -> JobError {
    JobError::user(format!(
        "Component build {component} of module build {} (id: {}) already exists in database, but its attributes are \
         different from resubmitted one.",
        build.name, build.id
    ))
}
