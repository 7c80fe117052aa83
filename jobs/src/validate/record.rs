//! Writes down what validation found, in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entities::db::Transaction;
use entities::lease::Lease;
use entities::{ModuleState, component_build, db, derive, log_message, module_build, transition};
use modulemd::batches::Planned;
use modulemd::{ModuleStream, order};
use sea_orm::{DbErr, Set};

use super::srpms::Srpms;
use super::{arches, commits, weights};
use crate::{Context, JobError, rows};

/// A valid module.
pub struct Valid {
    /// Its document, completed.
    pub document: ModuleStream,
    /// What it is built for.
    pub arches: BTreeSet<String>,
    /// Its components with those of included modules, in the order of their batches.
    pub components: Vec<Component>,
    /// What is worth knowing, in sentences.
    pub notes: Vec<String>,
}

/// A component to be built.
pub struct Component {
    pub name: String,
    pub batch: i32,
    /// Repository and commit, or where its source package is.
    pub source: String,
    pub commit: Option<String>,
    /// In a module that is ordered by `buildafter`: names of the components that it needs, as JSON.
    pub needs: Option<String>,
    pub buildonly: bool,
    pub weight: f64,
}

impl Component {
    /// Of a document in which its commit is noted.
    pub fn new(planned: &Planned<'_>, document: &ModuleStream, srpms: &Srpms, weights: &BTreeMap<String, f64>) -> Self {
        let Planned { component, batch } = planned;
        let commit = commits::of(document, &component.name);
        let from_git = || {
            let repository = component.repository.as_deref().unwrap_or_default();
            format!("{repository}?#{}", commit.as_deref().unwrap_or_default())
        };
        Self {
            source: srpms.get(&component.name).cloned().unwrap_or_else(from_git),
            commit,
            name: component.name.clone(),
            batch: *batch,
            needs: order::is_graph(document).then(|| {
                let needs = order::Needs::new(&document.rpm_components).of(&component.name);
                serde_json::json!(needs).to_string()
            }),
            buildonly: component.buildonly,
            weight: weights.get(&component.name).copied().unwrap_or(weights::DEFAULT),
        }
    }
}

/// The build goes on to `wait`.
pub async fn record(
    context: &Context,
    lease: &Lease,
    build: &module_build::Model,
    valid: &Valid,
) -> Result<(), JobError> {
    let document = &valid.document;
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    arches::record(&tx, build.id, &valid.arches).await?;
    record_components(context, &tx, build, &valid.components).await?;
    for note in &valid.notes {
        log_message::write(&tx, context.now(), build.id, note).await?;
    }
    transition::module(&tx, context.now(), build, ModuleState::Wait, None, |row| {
        row.modulemd = Set(document.to_yaml());
        row.buildrequires_json = Set(Some(derive::buildrequires(document).to_string()));
    })
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a row for every component that has none yet; one that has (the build was resumed) must be the same.
async fn record_components(
    context: &Context,
    tx: &Transaction,
    build: &module_build::Model,
    components: &[Component],
) -> Result<(), JobError> {
    let known: HashMap<String, component_build::Model> =
        rows::components(tx, build.id).await?.into_iter().map(|row| (row.package.clone(), row)).collect();
    for component in components {
        match known.get(&component.name) {
            Some(row) if is_same(row, component) => {}
            Some(_) => return Err(changed(&component.name, build)),
            None => create(context, tx, build.id, component).await?,
        }
    }
    Ok(())
}

fn is_same(row: &component_build::Model, component: &Component) -> bool {
    row.batch == Some(component.batch) && row.scmurl == component.source && row.reference == component.commit
}

async fn create(context: &Context, tx: &Transaction, module_id: i32, component: &Component) -> Result<(), DbErr> {
    let row = component_build::ActiveModel {
        package: Set(component.name.clone()),
        scmurl: Set(component.source.clone()),
        reference: Set(component.commit.clone()),
        batch: Set(Some(component.batch)),
        needs: Set(component.needs.clone()),
        buildonly: Set(Some(component.buildonly)),
        build_time_only: Set(Some(false)),
        weight: Set(Some(component.weight)),
        ..new_row(module_id)
    };
    transition::create_component(tx, context.now(), row).await.map(drop)
}

/// A component that was not started.
pub fn new_row(module_id: i32) -> component_build::ActiveModel {
    component_build::ActiveModel {
        module_id: Set(module_id),
        format: Set("rpms".to_owned()),
        tagged: Set(Some(false)),
        tagged_in_final: Set(Some(false)),
        weight: Set(Some(weights::DEFAULT)),
        attempt: Set(0),
        retries: Set(0),
        ..Default::default()
    }
}

fn changed(component: &str, build: &module_build::Model) -> JobError {
    JobError::user(format!(
        "Component build {component} of module build {} (id: {}) already exists in database, but its attributes are \
         different from resubmitted one.",
        build.name, build.id
    ))
}
