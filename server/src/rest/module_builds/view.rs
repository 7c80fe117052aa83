//! How module builds are shown.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use entities::{ModuleState, module_build};
use sea_orm::DatabaseConnection;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::rest::failure::Failure;
use crate::rest::origin::Origin;
use crate::rest::query::{ApiVersion, Query};
use crate::rest::rows::{self, Parts, Short, Step, Task};

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// Makes the bodies of answers to clients that changed something.
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

    /// The bodies for builds, in their order; one statement.
    pub async fn bodies(&self, db: &DatabaseConnection, builds: &[module_build::Model]) -> Result<Vec<Value>, Failure> {
        let ids: Vec<_> = builds.iter().map(|build| build.id).collect();
        let mut parts = match self.detail {
            Detail::Short => HashMap::new(),
            detail => rows::parts(db, &ids, detail == Detail::Verbose).await?,
        };
        let bodies = builds.iter().map(|build| {
            let parts = parts.remove(&build.id).unwrap_or_default();
            let mut body = serde_json::to_value(Shown::new(build, &parts, self.detail))
                .map_err(|error| Failure::internal(format!("cannot write an answer: {error}")))?;
            if let (Detail::Verbose, Value::Object(members)) = (self.detail, &mut body) {
                members.insert("state_url".to_owned(), state_url(build.id, self.origin, self.version).into());
            }
            Ok(body)
        });
        bodies.collect()
    }
}

/// The path of a build, as its client sees it.
pub fn state_url(id: i32, origin: &Origin, version: ApiVersion) -> String {
    origin.path(&version.path(&format!("/module-builds/{id}")))
}

/// A build in JSON, but for `state_url`.
#[derive(Serialize)]
pub struct Shown<'a> {
    #[serde(flatten)]
    short: Identity<'a>,
    scratch: Option<bool>,
    #[serde(flatten)]
    plain: Option<Plain<'a>>,
    #[serde(flatten)]
    verbose: Option<Verbose<'a>>,
}

/// What identifies a build.
#[derive(Serialize)]
struct Identity<'a> {
    id: i32,
    state: i32,
    state_name: Option<&'static str>,
    stream: &'a str,
    version: &'a str,
    name: &'a str,
    context: &'a str,
}

#[derive(Serialize)]
struct Plain<'a> {
    batch: Option<i32>,
    component_builds: Vec<i32>,
    koji_tag: Option<&'a str>,
    owner: &'a str,
    new_repo_task_id: Option<i32>,
    rebuild_strategy: &'a str,
    scmurl: Option<&'a str>,
    srpms: Value,
    siblings: &'a [i32],
    state_reason: Option<&'a str>,
    time_completed: Option<Time>,
    time_modified: Option<Time>,
    time_submitted: Time,
    buildrequires: Value,
    tasks: BTreeMap<&'a str, BTreeMap<&'a str, TaskShown<'a>>>,
}

#[derive(Serialize)]
struct Verbose<'a> {
    arches: &'a [String],
    base_module_buildrequires: Vec<BaseModule<'a>>,
    build_context: Option<&'a str>,
    build_context_no_bms: Option<&'a str>,
    modulemd: &'a str,
    #[serde(skip_serializing_if = "is_usual")]
    priority: i32,
    reused_module_id: Option<i32>,
    runtime_context: Option<&'a str>,
    state_trace: Vec<StepShown<'a>>,
    stream_version: Option<f64>,
    virtual_streams: &'a [String],
}

#[derive(Serialize)]
struct TaskShown<'a> {
    task_id: Option<i32>,
    state: Option<i32>,
    state_reason: Option<&'a str>,
    nvr: Option<&'a str>,
}

#[derive(Serialize)]
struct BaseModule<'a> {
    #[serde(flatten)]
    identity: Identity<'a>,
    stream_version: Option<f64>,
}

#[derive(Serialize)]
struct StepShown<'a> {
    time: Time,
    state: Option<i32>,
    state_name: Option<&'static str>,
    reason: Option<&'a str>,
}

/// A time as clients see it.
struct Time(NaiveDateTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl<'a> Shown<'a> {
    /// As much of a build as `detail` says.
    pub fn new(build: &'a module_build::Model, parts: &'a Parts, detail: Detail) -> Self {
        Self {
            short: Identity {
                id: build.id,
                state: build.state.number(),
                state_name: Some(build.state.name()),
                stream: &build.stream,
                version: &build.version,
                name: &build.name,
                context: &build.context,
            },
            scratch: build.scratch,
            plain: (detail != Detail::Short).then(|| plain(build, parts)),
            verbose: (detail == Detail::Verbose).then(|| verbose(build, parts)),
        }
    }
}

fn plain<'a>(build: &'a module_build::Model, parts: &'a Parts) -> Plain<'a> {
    Plain {
        batch: build.batch,
        component_builds: parts.tasks.iter().map(|task| task.id).collect(),
        koji_tag: build.koji_tag.as_deref(),
        owner: &build.owner,
        new_repo_task_id: build.new_repo_task_id,
        rebuild_strategy: &build.rebuild_strategy,
        scmurl: build.scmurl.as_deref(),
        srpms: stored(build.srpms.as_deref()).unwrap_or_else(|| json!([])),
        siblings: &parts.relatives.siblings,
        state_reason: build.state_reason.as_deref(),
        time_completed: build.time_completed.map(Time),
        time_modified: build.time_modified.map(Time),
        time_submitted: Time(build.time_submitted),
        buildrequires: stored(build.buildrequires_json.as_deref()).unwrap_or_else(|| json!({})),
        tasks: by_format(&parts.tasks),
    }
}

fn verbose<'a>(build: &'a module_build::Model, parts: &'a Parts) -> Verbose<'a> {
    let Parts { relatives, facts, .. } = parts;
    Verbose {
        arches: &facts.arches,
        base_module_buildrequires: relatives.base_modules.iter().map(base_module).collect(),
        build_context: build.build_context.as_deref(),
        build_context_no_bms: build.build_context_no_bms.as_deref(),
        modulemd: &build.modulemd,
        priority: build.priority,
        reused_module_id: build.reused_module_id,
        runtime_context: build.runtime_context.as_deref(),
        state_trace: facts.trace.iter().map(step).collect(),
        stream_version: build.stream_version,
        virtual_streams: &facts.virtual_streams,
    }
}

/// The Python service knows no priorities: what is usual is not shown.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde has it")]
fn is_usual(priority: &i32) -> bool {
    *priority == 0
}

/// Components by format (`rpms`) and package.
fn by_format(tasks: &[Task]) -> BTreeMap<&str, BTreeMap<&str, TaskShown<'_>>> {
    let mut formats: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for task in tasks {
        let shown = TaskShown {
            task_id: task.task_id,
            state: task.state,
            state_reason: task.state_reason.as_deref(),
            nvr: task.nvr.as_deref(),
        };
        formats.entry(&*task.format).or_default().insert(&*task.package, shown);
    }
    formats
}

fn base_module(build: &Short) -> BaseModule<'_> {
    let identity = Identity {
        id: build.id,
        state: build.state,
        state_name: state_name(Some(build.state)),
        stream: &build.stream,
        version: &build.version,
        name: &build.name,
        context: &build.context,
    };
    BaseModule { identity, stream_version: build.stream_version }
}

fn step(step: &Step) -> StepShown<'_> {
    StepShown {
        time: Time(step.time),
        state: step.state,
        state_name: state_name(step.state),
        reason: step.reason.as_deref(),
    }
}

/// JSON of a column, if it is any.
fn stored(text: Option<&str>) -> Option<Value> {
    serde_json::from_str(text?).ok()
}

fn state_name(number: Option<i32>) -> Option<&'static str> {
    number.and_then(|number| ModuleState::from_number(number.into())).map(ModuleState::name)
}
