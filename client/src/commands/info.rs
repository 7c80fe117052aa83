//! `mbs-build info`.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, value_parser};
use serde_json::json;

use crate::cli::Options;
use crate::failure::Failure;
use crate::model::{self, Build, Component};
use crate::out;
use crate::progress::{Estimate, Notes, Progress};
use crate::service::Service;
use crate::text;

/// Show one build and its components
///
/// Its state and why, and every component with its state, seconds, NVR and reason.
///
/// With --json: {"build": …, "components": […], "progress": …}, as the service describes them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mbs-build info 42\n  mbs-build --json info 42 | jq -r '.components[] | select(.state == 3) | .package'"
)]
pub struct Arguments {
    /// Number of the build
    #[arg(value_parser = value_parser!(i64).range(1..))]
    id: i64,
}

/// Shows the build.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let build = service.build(arguments.id, true).await?;
    let components = service.components(arguments.id).await?;
    let progress = service.progress(arguments.id).await?;
    if options.json {
        return out::document(&json!({"build": build, "components": components, "progress": progress}));
    }
    let progress: Progress = progress.as_ref().map(model::read).transpose()?.unwrap_or_default();
    let components: Vec<Component> = components.iter().map(model::read).collect::<Result<_, _>>()?;
    out::line(&page(&model::read(&build)?, &components, &progress, service.now()))
}

/// The build for people.
fn page(build: &Build, components: &[Component], progress: &Progress, now: Option<DateTime<Utc>>) -> String {
    let fields = [
        ("Build", Some(build.id.to_string())),
        ("Module", Some(build.nsvc())),
        ("State", Some(build.state().to_owned())),
        ("Reason", build.state_reason.clone()),
        ("Scratch", build.scratch.filter(|scratch| *scratch).map(|_| "yes".to_owned())),
        ("Owner", build.owner.clone()),
        ("Source", build.scmurl.clone()),
        ("Tag", build.koji_tag.clone()),
        ("Batch", build.batch.map(|batch| batch.to_string())),
        ("Submitted", build.time_submitted.map(moment)),
        ("Completed", build.time_completed.map(moment)),
        ("Took", build.seconds(now).map(text::duration)),
        ("Left", progress.estimate.as_ref().map(Estimate::explained)),
    ];
    let known =
        fields.iter().filter_map(|(name, value)| Some((name, value.as_deref().filter(|value| !value.is_empty())?)));
    let mut page: Vec<String> = known.map(|(name, value)| format!("{name:<10} {}", text::printable(value))).collect();
    if !components.is_empty() {
        page.push(String::new());
        page.push(table(components, &progress.notes(), now));
    }
    page.join("\n")
}

fn table(components: &[Component], notes: &Notes, now: Option<DateTime<Utc>>) -> String {
    let mut sorted: Vec<&Component> = components.iter().collect();
    sorted.sort_by_key(|component| (component.batch, &component.package));
    let rows: Vec<Vec<String>> = sorted.into_iter().map(|component| row(component, notes, now)).collect();
    text::table(&["Batch", "Component", "State", "Time", "NVR", "Reason"], &rows)
}

fn row(component: &Component, notes: &Notes, now: Option<DateTime<Utc>>) -> Vec<String> {
    vec![
        component.batch.map(|batch| batch.to_string()).unwrap_or_default(),
        component.package.clone(),
        model::component_state(component.state),
        component.seconds(now).map(text::duration).unwrap_or_default(),
        component.nvr.clone().unwrap_or_else(|| "-".into()),
        reason(component, notes.of(component.id)),
    ]
}

/// What it waits for says more than a state reason of before.
fn reason(component: &Component, note: &str) -> String {
    let reason = component.state_reason.as_deref().filter(|_| component.state.is_some() || note.is_empty());
    [note, reason.unwrap_or_default()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_for_people() {
        let build =
            model::read(&json!({"id": 7, "name": "testmodule", "stream": "1", "version": "20", "context": "abcd1234",
            "state_name": "failed", "state_reason": "libgreet did not build", "batch": 2, "owner": "alice",
            "time_submitted": "2026-11-22T16:00:00Z", "time_completed": "2026-11-22T16:01:02Z"}))
            .unwrap();
        let components: Vec<Component> = model::read(&json!([
            {"id": 2, "package": "libgreet", "state": 3, "state_reason": "error: x", "batch": 2, "state_trace": [
                {"state": 0, "time": "2026-11-22T16:00:10Z"}, {"state": 3, "time": "2026-11-22T16:00:22Z"}]},
            {"id": 1, "package": "module-build-macros", "state": 1, "batch": 1, "nvr": "module-build-macros-0.1-1"}]))
        .unwrap();
        let progress = model::read(&json!({"components": [{"id": 2, "failure": {"verdict": "user"}}]})).unwrap();
        assert_eq!(
            page(&build, &components, &progress, None),
            "\
Build      7
Module     testmodule:1:20:abcd1234
State      failed
Reason     libgreet did not build
Owner      alice
Batch      2
Submitted  2026-11-22T16:00:00Z
Completed  2026-11-22T16:01:02Z
Took       1 min 2 s

Batch  Component            State     Time  NVR                        Reason
-----  -------------------  --------  ----  -------------------------  ---------------
1      module-build-macros  complete        module-build-macros-0.1-1
2      libgreet             failed    12 s  -                          [user] error: x"
        );
    }
}
