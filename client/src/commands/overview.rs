//! `mbs-build overview`.

use chrono::SecondsFormat;
use clap::Args;
use serde_json::Value;

use crate::cli::Options;
use crate::failure::Failure;
use crate::model::{self, Build};
use crate::out;
use crate::service::Service;
use crate::text;

const UNFINISHED: [&str; 3] = ["init", "wait", "build"];
const FINISHED: [&str; 3] = ["done", "ready", "failed"];

/// List builds, the newest first
///
/// A line a build: number, state, time of submission, components that are over of all, owner and module.
///
/// With --json: an array of the builds as the service describes them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mbs-build overview --unfinished\n  mbs-build overview --finished --owner alice --limit 5"
)]
pub struct Arguments {
    /// Only builds that have not ended
    #[arg(long, conflicts_with = "finished")]
    unfinished: bool,
    /// Only builds that have ended
    #[arg(long)]
    finished: bool,
    /// How many builds to list at most
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Only builds of this user
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
}

/// Lists the builds.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let builds = service.builds(&filters(arguments), limit).await?;
    if options.json {
        return out::document(&Value::Array(builds));
    }
    let builds: Vec<Build> = builds.iter().map(model::read).collect::<Result<_, _>>()?;
    out::line(&page(&builds))
}

fn filters(arguments: &Arguments) -> Vec<(&'static str, String)> {
    let states: &[&str] = match (arguments.unfinished, arguments.finished) {
        (true, _) => &UNFINISHED,
        (_, true) => &FINISHED,
        _ => &[],
    };
    let states = states.iter().map(|state| ("state", (*state).to_owned()));
    states.chain(arguments.owner.iter().map(|owner| ("owner", owner.clone()))).collect()
}

/// The list for people.
fn page(builds: &[Build]) -> String {
    if builds.is_empty() {
        return "No builds.".into();
    }
    let rows: Vec<Vec<String>> = builds.iter().map(row).collect();
    text::table(&["ID", "State", "Submitted", "Components", "Owner", "Module"], &rows)
}

fn row(build: &Build) -> Vec<String> {
    let (over, all) = build.component_counts();
    vec![
        build.id.to_string(),
        build.state().to_owned(),
        build.time_submitted.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default(),
        format!("{over}/{all}"),
        build.owner.clone().unwrap_or_default(),
        build.nsvc(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_a_build() {
        let builds: Vec<Build> = model::read(&json!([
            {"id": 31, "name": "ruby", "stream": "2.6", "version": "29", "context": "657e5bfd", "state_name": "build",
             "owner": "releng", "time_submitted": "2019-03-01T23:11:14Z", "tasks": {"rpms": {"a": {"state": 1}, "b": {"state": null}}}},
            {"id": 1, "name": "platform", "stream": "f28", "version": "3", "context": "00000000", "state_name": "ready", "tasks": {}}]))
        .unwrap();
        assert_eq!(
            page(&builds),
            "\
ID  State  Submitted             Components  Owner   Module
--  -----  --------------------  ----------  ------  -----------------------
31  build  2019-03-01T23:11:14Z  1/2         releng  ruby:2.6:29:657e5bfd
1   ready                        0/0                 platform:f28:3:00000000"
        );
        assert_eq!(page(&[]), "No builds.");
    }
}
