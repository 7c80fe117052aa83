//! What `--dry-run` prints.

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::{model, out, text};

/// A build as a dry run describes it; what is missing is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Planned {
    name: String,
    stream: String,
    version: String,
    context: String,
    would: String,
    existing: Option<Existing>,
    buildrequires: serde_json::Map<String, Value>,
    batches: Vec<Batch>,
    problems: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Existing {
    id: i64,
    state_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Batch {
    batch: i64,
    components: Vec<Component>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Component {
    package: String,
    existing: Option<Existing>,
}

/// Prints a paragraph for each build.
pub fn show(builds: &[Value]) -> Result<(), Failure> {
    for build in builds {
        let planned: Planned = model::read(build)?;
        lines(&planned).iter().try_for_each(|line| out::line(&text::printable(line)))?;
    }
    Ok(())
}

fn lines(build: &Planned) -> Vec<String> {
    let mut lines = vec![headline(build)];
    let streams = build.buildrequires.iter().map(|(name, entry)| {
        let stream = entry.get("stream").and_then(Value::as_str).unwrap_or_default();
        format!("{name}:{stream}")
    });
    let streams: Vec<_> = streams.collect();
    if !streams.is_empty() {
        lines.push(format!("  against {}", streams.join(", ")));
    }
    for batch in &build.batches {
        let names: Vec<_> = batch.components.iter().map(described).collect();
        lines.push(format!("  batch {}: {}", batch.batch, names.join(", ")));
    }
    lines.extend(build.problems.iter().map(|problem| format!("  it would fail: {problem}")));
    lines
}

fn headline(build: &Planned) -> String {
    let nsvc = format!("{}:{}:{}:{}", build.name, build.stream, build.version, build.context);
    let existing = build.existing.as_ref().map(|existing| {
        let state = existing.state_name.as_deref().unwrap_or("unknown");
        format!("build {} is {state}", existing.id)
    });
    let existing = existing.unwrap_or_default();
    match build.would.as_str() {
        "create" => format!("Would build {nsvc}"),
        "resume" => format!("Would resume {nsvc} ({existing})"),
        _ => format!("Would leave {nsvc} alone ({existing})"),
    }
}

/// What is built already is said to be.
fn described(component: &Component) -> String {
    let state = component.existing.as_ref().and_then(|existing| existing.state_name.as_deref());
    match state {
        Some(state) => format!("{} ({})", component.package, state.to_lowercase()),
        None => component.package.clone(),
    }
}
