//! `…/component-builds/`: components of module builds.

use std::collections::HashMap;

use entities::message::timestamp;
use entities::{ComponentState, component_build};
use poem::web::Data;
use poem::{Response, handler};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Map, Value, json};

use super::answer;
use super::failure::Failure;
use super::origin::Origin;
use super::query::{ApiVersion, Id, Paging, Query, component_build_filter, component_build_order, page, refuse_id};
use super::rows::{self, Component, Step};
use crate::App;

/// Components, newest first; `verbose` adds their history.
#[handler]
pub async fn list(app: Data<&App>, version: ApiVersion, query: Query, origin: &Origin) -> Result<Response, Failure> {
    refuse_id(&query, origin, version, "component-builds")?;
    let (filter, order) = (component_build_filter(&query)?, component_build_order(&query)?);
    let page = page::<_, Component>(&app.db, rows::components(), filter, order, Paging::of(&query)).await?;
    let items = View::of(&query, origin, version).bodies(&app, &page.rows).await?;
    let url = origin.url(&version.path("/component-builds/"));
    Ok(answer::shared(&json!({ "items": items, "meta": page.meta(&url, query.pairs()) })))
}

/// One component.
#[handler]
pub async fn show(
    app: Data<&App>,
    version: ApiVersion,
    id: Id,
    query: Query,
    origin: &Origin,
) -> Result<Response, Failure> {
    refuse_id(&query, origin, version, "component-builds")?;
    let found = rows::components().filter(component_build::Column::Id.eq(id.0)).into_model::<Component>();
    let found = found.one(&app.db).await?.ok_or_else(|| Failure::not_found("No such component found."))?;
    let mut bodies = View::of(&query, origin, version).bodies(&app, &[found]).await?;
    Ok(answer::shared(&bodies.pop().unwrap_or_default()))
}

/// How much of a component is shown.
struct View<'a> {
    verbose: bool,
    /// Also what the Python service did not have: times, attempt, address of the log.
    extended: bool,
    origin: &'a Origin,
    version: ApiVersion,
}

impl<'a> View<'a> {
    fn of(query: &Query, origin: &'a Origin, version: ApiVersion) -> Self {
        Self { verbose: query.is_on("verbose"), extended: query.is_on("extended"), origin, version }
    }

    async fn bodies(&self, app: &App, components: &[Component]) -> Result<Vec<Value>, Failure> {
        let mut traces = HashMap::new();
        if self.verbose && !components.is_empty() {
            let ids: Vec<_> = components.iter().map(|component| component.id).collect();
            traces = rows::component_traces(&app.db, &ids).await?;
        }
        Ok(components.iter().map(|component| self.body(component, traces.remove(&component.id))).collect())
    }

    fn body(&self, component: &Component, trace: Option<Vec<Step>>) -> Value {
        let mut body = Map::new();
        let mut set = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
        let path = self.origin.path(&self.version.path(&format!("/component-builds/{}", component.id)));
        set("id", json!(component.id));
        set("package", json!(component.package));
        set("format", json!(component.format));
        set("task_id", json!(component.task_id));
        set("state", json!(component.state));
        set("state_name", json!(state_name(component.state)));
        set("state_reason", json!(component.state_reason));
        set("module_build", json!(component.module_id));
        set("nvr", json!(component.nvr));
        if self.verbose {
            set("batch", json!(component.batch));
            set("state_trace", trace.unwrap_or_default().iter().map(step).collect());
            set("state_url", json!(path));
        }
        if self.extended {
            set("attempt", json!(component.attempt));
            set("time_started", json!(component.time_started.map(timestamp)));
            set("time_finished", json!(component.time_finished.map(timestamp)));
            set("log_url", json!(format!("{path}/log")));
        }
        Value::Object(body)
    }
}

fn step(step: &Step) -> Value {
    json!({
        "time": timestamp(step.time),
        "state": step.state,
        "state_name": state_name(step.state),
        "reason": step.reason,
    })
}

/// The name of a state; databases hold numbers that nobody has a name for.
fn state_name(number: Option<i32>) -> Option<&'static str> {
    number.map(ComponentState::from_number).and_then(ComponentState::name)
}
