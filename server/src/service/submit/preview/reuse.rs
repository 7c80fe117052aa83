//! Which components a new build would take over, by the rules and the code that the build itself goes by. Nothing is written.

use std::collections::HashMap;
use std::time::Duration;

use entities::module_build;
use jobs::reuse::{self, NewBuild};
use jobs::{JobError, Settings};
use modulemd::reuse::{ComponentRow, Decision, Standing, Strategy};
use modulemd::{ModuleStream, Nsvc, batches};

use super::Reuse;
use crate::App;
use crate::service::ServiceError;

/// How long is waited for git. The submission itself does not wait for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What would become of the components of a new build.
#[derive(Default)]
pub struct Planned {
    /// For each component whose fate is known.
    pub decisions: HashMap<String, Decision>,
    /// Commits that its branches stand for now.
    pub commits: HashMap<String, String>,
    /// Components whose commit cannot be found out: the build would fail.
    pub problems: Vec<String>,
    /// The whole in a sentence.
    pub summary: Option<Reuse>,
}

/// A build that would be made.
pub struct New<'a> {
    /// Its document, completed.
    pub document: &'a ModuleStream,
    /// Its rebuild strategy.
    pub strategy: &'a str,
    /// The build that components have to be taken from.
    pub asked_for: Option<i32>,
}

/// Decides for a new build. Git is asked for commits only where they decide something.
pub async fn plan(app: &App, settings: &Settings, new: New<'_>) -> Result<Planned, ServiceError> {
    if new.document.rpm_components.is_empty() && new.document.module_components.is_empty() {
        return Ok(Planned::because("There is nothing to build."));
    }
    if !new.document.module_components.is_empty() {
        return Ok(Planned::because(
            "Which components are taken over is decided when the modules that it includes are known.",
        ));
    }
    let mut planned = Planned::default();
    if Strategy::from_name(new.strategy).is_some_and(|strategy| strategy != Strategy::All)
        && decide(app, settings, &new, &planned.commits).await?.earlier.is_ok()
    {
        match tokio::time::timeout(PATIENCE, look_up(app, settings, new.document)).await {
            Ok((commits, problems)) => (planned.commits, planned.problems) = (commits, problems),
            Err(_) => return Ok(Planned::because("Git was too slow to say which components changed.")),
        }
    }
    let plan = decide(app, settings, &new, &planned.commits).await?;
    planned.summary = Some(summary(&plan, new.strategy));
    let names = names(new.document);
    let of_name = |(id, decision): (i32, Decision)| {
        let (name, _) = names.get(usize::try_from(id).ok()?)?;
        Some((name.clone(), decision))
    };
    planned.decisions = plan.decisions.into_iter().filter_map(of_name).collect();
    Ok(planned)
}

impl Planned {
    fn because(reason: &str) -> Self {
        Self { summary: Some(Reuse { module: None, reason: reason.to_owned() }), ..Self::default() }
    }
}

fn names(document: &ModuleStream) -> Vec<(String, i32)> {
    batches::batches(document)
}

/// The row of a component is its place in the list: there are none yet.
async fn decide(
    app: &App,
    settings: &Settings,
    new: &New<'_>,
    commits: &HashMap<String, String>,
) -> Result<reuse::Plan, ServiceError> {
    let row = |(id, (package, batch)): (i32, (String, i32))| ComponentRow {
        id,
        commit: commits.get(&package).cloned(),
        package,
        batch: Some(batch),
        nvr: None,
        standing: Standing::Waiting,
    };
    let rows: Vec<ComponentRow> = (0..).zip(names(new.document)).map(row).collect();
    let document = new.document;
    let context = document.context.clone().unwrap_or_default();
    let nsvc = Nsvc::new(document.name(), document.stream(), document.version.to_string(), context);
    let build = NewBuild {
        nsvc: &nsvc,
        document: new.document,
        components: &rows,
        strategy: new.strategy,
        asked_for: new.asked_for,
    };
    // Without a build system: what it has kept is not known here.
    reuse::plan(&app.db, None, &settings.expansion, build).await.map_err(|error| match error {
        JobError::Fail { reason, .. } => ServiceError::Unprocessable(reason),
        other => ServiceError::Unavailable(other.to_string()),
    })
}

async fn look_up(app: &App, settings: &Settings, document: &ModuleStream) -> (HashMap<String, String>, Vec<String>) {
    let components: Vec<_> = document.rpm_components.values().collect();
    let pairs: Vec<_> = components.iter().map(|component| jobs::source_of(document, component)).collect();
    let found = app.git.latest_commits(pairs.clone(), settings.concurrent_lookups).await;
    let (mut commits, mut problems) = (HashMap::new(), Vec::new());
    for ((component, (repository, reference)), found) in components.iter().zip(pairs).zip(found) {
        let name = &component.name;
        match found {
            Ok(commit) => drop(commits.insert(name.clone(), commit)),
            Err(error) => problems.push(format!(
                "Failed to get the latest commit for {repository}#{reference} (component {name}): {error}"
            )),
        }
    }
    (commits, problems)
}

fn summary(plan: &reuse::Plan, strategy: &str) -> Reuse {
    if strategy == Strategy::All.name() {
        let reason = "Every component is built: that is what the rebuild strategy \"all\" says.".to_owned();
        return Reuse { module: None, reason };
    }
    let (taken, all) = (plan.decisions.iter().filter(|(_, one)| one.is_reused()).count(), plan.decisions.len());
    match &plan.earlier {
        Ok(earlier) => {
            let module_build::Model { id, .. } = earlier.build;
            let nsvc = earlier.build.nsvc();
            Reuse {
                module: Some(id),
                reason: format!(
                    "Of {all} components {taken} would be taken over from {nsvc} (build {id}), as far as the build system has \
                     kept their packages."
                ),
            }
        }
        Err(none) => {
            let why = none.to_string();
            Reuse { module: None, reason: format!("Every component would be built: {}.", why.trim_end_matches('.')) }
        }
    }
}
