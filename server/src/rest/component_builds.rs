//! `…/component-builds/`: components of module builds.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDateTime;
use entities::ComponentState;
use entities::message::timestamp;
use poem::web::Data;
use poem::{Response, handler};
use serde::Serialize;
use serde_json::Value;

use super::answer;
use super::cache::Cache;
use super::failure::Failure;
use super::origin::Origin;
use super::query::{ApiVersion, Id, Links, Paging, Query, component_build_filter, component_build_order, refuse_id};
use super::rows::{self, Component, FIRST, Step, Wanted};
use super::validator::Validator;
use crate::App;
use crate::service::{self, progress::Wait};

/// Components, newest first; `verbose` adds their history.
#[handler]
pub async fn list(
    app: Data<&App>,
    cache: Data<&Arc<Cache>>,
    version: ApiVersion,
    query: Query,
    origin: &Origin,
    validator: Validator,
) -> Result<Response, Failure> {
    refuse_id(&query, origin, version, "component-builds")?;
    let (filter, sort) = (component_build_filter(&query)?, component_build_order(&query)?);
    let paging = Paging::of(&query, &sort, app.db.get_database_backend())?;
    if let Some(known) = validator.known(&cache, cache.revision(&app.db).await?) {
        return Ok(answer::shared(known));
    }
    let links = Links::new(origin.url(&version.path("/component-builds/")), &query);
    let wanted = Wanted { filter, base_module: None, sort, paging, links };
    let page = rows::page(&app.db, &cache, &rows::COMPONENTS, &wanted, |row| rows::component(row, FIRST)).await?;
    let items = View::of(&query, origin, version).texts(&app, &page.rows).await?;
    let body = answer::list("items", items.iter().map(String::as_str), &page.meta)?;
    Ok(answer::shared(validator.answer(&cache, page.revision, body)))
}

/// One component.
#[handler]
pub async fn show(
    app: Data<&App>,
    cache: Data<&Arc<Cache>>,
    version: ApiVersion,
    id: Id,
    query: Query,
    origin: &Origin,
    validator: Validator,
) -> Result<Response, Failure> {
    refuse_id(&query, origin, version, "component-builds")?;
    let found = rows::component_with_revision(&app.db, id.0).await?;
    let (component, revision) = found.ok_or_else(|| Failure::not_found("No such component found."))?;
    if let Some(known) = validator.known(&cache, revision) {
        return Ok(answer::shared(known));
    }
    let mut bodies = View::of(&query, origin, version).texts(&app, &[component]).await?;
    Ok(answer::shared(validator.answer(&cache, revision, bodies.pop().unwrap_or_default())))
}

/// How much of a component is shown.
struct View<'a> {
    verbose: bool,
    /// Also what the Python service did not have: times, attempt, address of the log.
    extended: bool,
    origin: &'a Origin,
    version: ApiVersion,
}

/// A component in JSON.
#[derive(Serialize)]
struct Shown<'a> {
    id: i32,
    package: &'a str,
    format: &'a str,
    task_id: Option<i32>,
    state: Option<i32>,
    state_name: Option<&'static str>,
    state_reason: Option<&'a str>,
    module_build: i32,
    nvr: Option<&'a str>,
    #[serde(flatten)]
    verbose: Option<Verbose<'a>>,
    #[serde(flatten)]
    extended: Option<Extended>,
}

#[derive(Serialize)]
struct Verbose<'a> {
    batch: Option<i32>,
    state_trace: Vec<StepShown<'a>>,
    state_url: String,
}

#[derive(Serialize)]
struct Extended {
    attempt: i32,
    time_started: Option<String>,
    time_finished: Option<String>,
    log_url: String,
    /// The column as it stands, which is JSON.
    reuse: Option<Value>,
    failure: Option<service::progress::Failure>,
    retry: Option<service::progress::Retry>,
    waits_for: Option<Wait>,
    estimated_seconds: Option<i32>,
}

#[derive(Serialize)]
struct StepShown<'a> {
    time: String,
    state: Option<i32>,
    state_name: Option<&'static str>,
    reason: Option<&'a str>,
}

impl<'a> View<'a> {
    fn of(query: &Query, origin: &'a Origin, version: ApiVersion) -> Self {
        Self { verbose: query.is_on("verbose"), extended: query.is_on("extended"), origin, version }
    }

    /// Components in JSON, in their order; histories are read by one statement.
    async fn texts(&self, app: &App, components: &[Component]) -> Result<Vec<String>, Failure> {
        let mut traces = HashMap::new();
        if self.verbose && !components.is_empty() {
            let ids: Vec<_> = components.iter().map(|component| component.id).collect();
            traces = rows::component_traces(&app.db, &ids).await?;
        }
        let mut waits = if self.extended { waits(app, components).await? } else { HashMap::new() };
        let most = app.config.jobs.max_retries;
        let none = Vec::new();
        let texts = components.iter().map(|component| {
            let trace = traces.get(&component.id).unwrap_or(&none);
            answer::written(&self.shown(component, trace, (waits.remove(&component.id), most)))
        });
        texts.collect()
    }

    /// `most` is how often a component may be tried again.
    fn shown<'b>(
        &self,
        component: &'b Component,
        trace: &'b [Step],
        (waits_for, most): (Option<Wait>, i32),
    ) -> Shown<'b> {
        let path = || self.origin.path(&self.version.path(&format!("/component-builds/{}", component.id)));
        let time = |time: Option<NaiveDateTime>| time.map(timestamp);
        Shown {
            id: component.id,
            package: &component.package,
            format: &component.format,
            task_id: component.task_id,
            state: component.state,
            state_name: state_name(component.state),
            state_reason: component.state_reason.as_deref(),
            module_build: component.module_id,
            nvr: component.nvr.as_deref(),
            verbose: self.verbose.then(|| Verbose {
                batch: component.batch,
                state_trace: trace.iter().map(step).collect(),
                state_url: path(),
            }),
            extended: self.extended.then(|| Extended {
                attempt: component.attempt,
                time_started: time(component.time_started),
                time_finished: time(component.time_finished),
                log_url: format!("{}/log", path()),
                reuse: component.reuse.as_deref().and_then(|text| serde_json::from_str(text).ok()),
                failure: service::progress::Failure::new(
                    component.verdict.as_ref(),
                    component.phase.as_ref(),
                    component.error.as_ref(),
                    component.error_line,
                ),
                retry: service::progress::Retry::new(component.retries, most, component.retry_at),
                waits_for,
                estimated_seconds: component.estimate,
            }),
        }
    }
}

/// What components that are not over wait for; two statements where there are any.
async fn waits(app: &App, components: &[Component]) -> Result<HashMap<i32, Wait>, Failure> {
    let is_open = |component: &&Component| matches!(component.state, None | Some(0));
    let builds: BTreeSet<i32> = components.iter().filter(is_open).map(|component| component.module_id).collect();
    let builds: Vec<i32> = builds.into_iter().collect();
    Ok(service::progress::Standing::read(app, &builds).await?.waits())
}

fn step(step: &Step) -> StepShown<'_> {
    StepShown {
        time: timestamp(step.time),
        state: step.state,
        state_name: state_name(step.state),
        reason: step.reason.as_deref(),
    }
}

/// The name of a state; databases hold numbers that nobody has a name for.
fn state_name(number: Option<i32>) -> Option<&'static str> {
    number.map(ComponentState::from_number).and_then(ComponentState::name)
}
