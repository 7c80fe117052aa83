//! A dry run: what a submission would do, told without doing it.

mod batches;
mod explanation;
mod model;
mod reuse;

use std::collections::HashMap;

use entities::{component_build, derive, module_build};
use jobs::{Settings, rows};
use modulemd::ModuleStream;
use sea_orm::DatabaseConnection;
use sea_orm::entity::prelude::*;

pub use self::explanation::{Explanation, Module};
pub use self::model::{Batch, Build, Component, Existing, Reuse, Would};
use super::expand;
use super::prepare::Prepared;
use super::steps::{self, New, Reading, Step};
use crate::service::ServiceError;
use crate::{App, assemble};

/// What would be done for each document, in the order in which the submission would be answered. Refused as the submission would
/// be.
pub async fn preview(app: &App, prepared: &Prepared) -> Result<Vec<Build>, ServiceError> {
    let steps = steps::decide(app, &app.db, prepared, Reading::Look).await?;
    let explanations = expand::explained(&prepared.work, documents(prepared, &steps)).await?;
    let settings = assemble::job_settings(&app.config);
    let mut components = components(&app.db, &steps).await?;
    let mut builds = Vec::with_capacity(steps.len());
    for (step, explanation) in steps.into_iter().zip(explanations) {
        let explanation = Explanation::from(explanation);
        let (row, would) = match step {
            Step::Create(new) => {
                builds.push(created(app, prepared, &settings, *new, explanation).await?);
                continue;
            }
            Step::Resume(row) => (row, Would::Resume),
            Step::Nothing(row) => (row, Would::Nothing),
        };
        let components = components.remove(&row.id).unwrap_or_default();
        builds.push(existing(app, &settings, (*row, &components), (would, explanation)).await?);
    }
    Ok(builds)
}

/// What is explained: the document of each build, and whether it was made earlier. The context of a static one is as submitted.
fn documents(prepared: &Prepared, steps: &[Step]) -> Vec<(ModuleStream, bool)> {
    let document = |(document, step): (&ModuleStream, &Step)| match step {
        Step::Create(_) => (document.clone(), false),
        Step::Resume(row) | Step::Nothing(row) => (rows::document(row).unwrap_or_default(), true),
    };
    prepared.documents.iter().zip(steps).map(document).collect()
}

/// The components of the builds that exist, by the ids of the builds.
async fn components(
    db: &DatabaseConnection,
    steps: &[Step],
) -> Result<HashMap<i32, Vec<component_build::Model>>, DbErr> {
    let ids = steps.iter().filter_map(|step| match step {
        Step::Create(_) => None,
        Step::Resume(row) | Step::Nothing(row) => Some(row.id),
    });
    let ids: Vec<_> = ids.collect();
    let mut all: HashMap<i32, Vec<_>> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    for row in component_build::Entity::find().filter(component_build::Column::ModuleId.is_in(ids)).all(db).await? {
        all.entry(row.module_id).or_default().push(row);
    }
    Ok(all)
}

async fn created(
    app: &App,
    prepared: &Prepared,
    settings: &Settings,
    new: New,
    explanation: Explanation,
) -> Result<Build, ServiceError> {
    let New { mut document, contexts } = new;
    let mut problems = complete(&mut document, settings);
    let strategy = prepared.params.rebuild_strategy.as_ref().unwrap_or(&app.config.rest.rebuild_strategy);
    let about = reuse::New { document: &document, strategy, asked_for: prepared.reused };
    let planned = reuse::plan(app, settings, about).await?;
    let mut batches = batches::of(&document, &[]);
    batches::note(&mut batches, &planned);
    problems.extend(planned.problems);
    Ok(Build {
        name: document.name().to_owned(),
        stream: document.stream().to_owned(),
        version: document.version.to_string(),
        context: document.context.clone().unwrap_or_default(),
        scratch: prepared.params.scratch,
        would: Would::Create,
        existing: None,
        build_context: Some(contexts.build_context),
        build_context_no_bms: Some(contexts.build_context_no_bms),
        runtime_context: Some(contexts.runtime_context),
        buildrequires: derive::buildrequires(&document),
        rebuild_strategy: strategy.clone(),
        arches: jobs::arches_of(&document, settings).into_iter().collect(),
        batches,
        explanation,
        problems,
        notices: prepared.notices.clone(),
        reuse: planned.summary.unwrap_or_else(|| Reuse::of_existing(Would::Create)),
    })
}

/// A build keeps the document that it was made with, whatever is submitted now.
async fn existing(
    app: &App,
    settings: &Settings,
    (row, components): (module_build::Model, &[component_build::Model]),
    (would, explanation): (Would, Explanation),
) -> Result<Build, ServiceError> {
    let mut document = rows::document(&row).unwrap_or_default();
    // Components are completed by the step that makes their rows; a build that failed in it begins there again.
    let begins_anew = would == Would::Resume && components.is_empty();
    let problems = if begins_anew { complete(&mut document, settings) } else { Vec::new() };
    let recorded = rows::arches(&app.db, row.id).await?;
    let arches =
        if recorded.is_empty() { jobs::arches_of(&document, settings).into_iter().collect() } else { recorded };
    Ok(Build {
        scratch: row.is_scratch(),
        would,
        existing: Some(Existing::build(&row)),
        buildrequires: derive::buildrequires(&document),
        arches,
        batches: batches::of(&document, components),
        explanation,
        problems,
        notices: Vec::new(),
        reuse: Reuse::of_existing(would),
        name: row.name,
        stream: row.stream,
        version: row.version,
        context: row.context,
        build_context: row.build_context,
        build_context_no_bms: row.build_context_no_bms,
        runtime_context: row.runtime_context,
        rebuild_strategy: row.rebuild_strategy,
    })
}

/// Fills in where components come from, as validation does; what it would refuse, in sentences.
fn complete(document: &mut ModuleStream, settings: &Settings) -> Vec<String> {
    match jobs::complete_components(document, settings) {
        Ok(()) => Vec::new(),
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}
