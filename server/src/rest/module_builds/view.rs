//! How module builds are shown.

use std::collections::HashMap;

use entities::message::{self, timestamp};
use entities::{ModuleState, module_build};
use sea_orm::DatabaseConnection;
use serde_json::{Map, Value, json};

use crate::rest::failure::Failure;
use crate::rest::origin::Origin;
use crate::rest::query::{ApiVersion, Query};
use crate::rest::rows::{self, Facts, Relatives, Short, Step, Task};

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What identifies a build.
    Short,
    /// What most clients need.
    Plain,
    /// Everything.
    Verbose,
}

impl Detail {
    /// `verbose` wins over `short`.
    pub fn of(query: &Query) -> Self {
        match (query.is_on("verbose"), query.is_on("short")) {
            (true, _) => Self::Verbose,
            (false, true) => Self::Short,
            (false, false) => Self::Plain,
        }
    }
}

/// Makes the bodies of answers.
pub struct View<'a> {
    pub detail: Detail,
    pub origin: &'a Origin,
    pub version: ApiVersion,
}

impl View<'_> {
    /// The body for one build.
    pub async fn body(&self, db: &DatabaseConnection, build: &module_build::Model) -> Result<Value, Failure> {
        Ok(self.bodies(db, std::slice::from_ref(build)).await?.pop().unwrap_or_default())
    }

    /// The bodies for builds, in their order: no statement for [`Detail::Short`], two for [`Detail::Plain`], three for
    /// [`Detail::Verbose`].
    pub async fn bodies(&self, db: &DatabaseConnection, builds: &[module_build::Model]) -> Result<Vec<Value>, Failure> {
        if self.detail == Detail::Short || builds.is_empty() {
            return Ok(builds.iter().map(message::module_short).collect());
        }
        let ids: Vec<_> = builds.iter().map(|build| build.id).collect();
        let is_verbose = self.detail == Detail::Verbose;
        let tasks = rows::tasks(db, &ids).await?;
        let relatives = rows::relatives(db, &ids, is_verbose).await?;
        let facts = if is_verbose { rows::facts(db, &ids).await? } else { HashMap::new() };
        let (no_relatives, no_facts) = (Relatives::default(), Facts::default());
        let bodies = builds.iter().map(|build| {
            let tasks = tasks.get(&build.id).map(Vec::as_slice).unwrap_or_default();
            let relatives = relatives.get(&build.id).unwrap_or(&no_relatives);
            let mut body = plain(build, tasks, relatives);
            if is_verbose {
                let facts = facts.get(&build.id).unwrap_or(&no_facts);
                message::merge(&mut body, self.more(build, relatives, facts));
            }
            body
        });
        Ok(bodies.collect())
    }

    fn more(&self, build: &module_build::Model, relatives: &Relatives, facts: &Facts) -> Value {
        let path = self.version.path(&format!("/module-builds/{}", build.id));
        json!({
            "arches": facts.arches,
            "base_module_buildrequires": relatives.base_modules.iter().map(base_module).collect::<Vec<_>>(),
            "build_context": build.build_context,
            "build_context_no_bms": build.build_context_no_bms,
            "modulemd": build.modulemd,
            "reused_module_id": build.reused_module_id,
            "runtime_context": build.runtime_context,
            "state_trace": facts.trace.iter().map(step).collect::<Vec<_>>(),
            "state_url": self.origin.path(&path),
            "stream_version": build.stream_version,
            "virtual_streams": facts.virtual_streams,
        })
    }
}

fn plain(build: &module_build::Model, tasks: &[Task], relatives: &Relatives) -> Value {
    let ids: Vec<_> = tasks.iter().map(|task| task.id).collect();
    let mut body = message::module(build, &ids, &relatives.siblings);
    message::merge(&mut body, json!({ "tasks": by_format(tasks) }));
    body
}

/// Components by format (`rpms`) and package.
fn by_format(tasks: &[Task]) -> Value {
    let mut formats: HashMap<&str, Map<String, Value>> = HashMap::new();
    for task in tasks {
        let body = json!({
            "task_id": task.task_id,
            "state": task.state,
            "state_reason": task.state_reason,
            "nvr": task.nvr,
        });
        formats.entry(&task.format).or_default().insert(task.package.clone(), body);
    }
    json!(formats)
}

fn base_module(build: &Short) -> Value {
    json!({
        "id": build.id,
        "state": build.state,
        "state_name": state_name(Some(build.state)),
        "stream": build.stream,
        "version": build.version,
        "name": build.name,
        "context": build.context,
        "stream_version": build.stream_version,
    })
}

fn step(step: &Step) -> Value {
    json!({
        "time": timestamp(step.time),
        "state": step.state,
        "state_name": state_name(step.state),
        "reason": step.reason,
    })
}

fn state_name(number: Option<i32>) -> Option<&'static str> {
    number.and_then(|number| ModuleState::from_number(number.into())).map(ModuleState::name)
}
