//! A plan for people: a tree for each build.

use serde_json::Value;

use super::model::{Batch, Component, Module, Planned};
use super::tree::Node;

/// The lines of all builds, with an empty one between two of them.
pub fn lines(builds: &[Planned]) -> Vec<String> {
    let pages: Vec<_> = builds.iter().map(|build| tree(build).lines()).collect();
    pages.join(&String::new())
}

fn tree(build: &Planned) -> Node {
    let explanation = build.explanation.as_ref();
    let context = explanation.map(|explanation| Node::new("context").detail(&*explanation.context.reason));
    let arches = Some(Node::new("arches").detail(build.arches.join(", "))).filter(|_| !build.arches.is_empty());
    let against = match explanation {
        Some(explanation) => explanation.against.iter().map(module).collect(),
        None => build.buildrequires.iter().map(unexplained).collect(),
    };
    let left_out = explanation.map(|explanation| left_out(&explanation.left_out)).unwrap_or_default();
    let reuse = build.reuse.as_ref().map(|reuse| Node::new("reuse").detail(&*reuse.reason));
    let about = [context, arches, section("built against", against), section("not built against", left_out)];
    let batches = build.batches.iter().map(batch);
    let rest =
        [reuse, section("notes", sentences(&build.notices)), section("it would fail", sentences(&build.problems))];
    Node::new(headline(build)).below(about.into_iter().flatten().chain(batches).chain(rest.into_iter().flatten()))
}

/// Nothing, where nothing is in it.
fn section(title: &str, nodes: Vec<Node>) -> Option<Node> {
    (!nodes.is_empty()).then(|| Node::new(title).below(nodes))
}

fn sentences(sentences: &[String]) -> Vec<Node> {
    sentences.iter().map(Node::new).collect()
}

fn module(module: &Module) -> Node {
    let Module { name, stream, version, context, reason } = module;
    Node::new(format!("{name}:{stream}:{version}:{context}")).detail(&**reason)
}

/// Several streams of a module with the same reason share a line; there are distributions with dozens of them.
fn left_out(modules: &[Module]) -> Vec<Node> {
    let mut groups: Vec<Vec<&Module>> = Vec::new();
    for module in modules {
        let same = |group: &&mut Vec<&Module>| group[0].name == module.name && group[0].reason == module.reason;
        match groups.iter_mut().find(same) {
            Some(group) => group.push(module),
            None => groups.push(vec![module]),
        }
    }
    let line = |group: Vec<&Module>| {
        if let [one] = group[..] {
            return module(one);
        }
        let streams: Vec<_> = group.iter().map(|one| one.stream.as_str()).collect();
        Node::new(&*group[0].name).detail(format!("{}: {}", streams.join(", "), group[0].reason))
    };
    groups.into_iter().map(line).collect()
}

/// As much as services tell that explain nothing.
fn unexplained((name, details): (&String, &Value)) -> Node {
    let stream = details.get("stream").and_then(Value::as_str).unwrap_or_default();
    Node::new(format!("{name}:{stream}"))
}

fn batch(batch: &Batch) -> Node {
    Node::new(format!("batch {}", batch.batch)).below(batch.components.iter().map(component))
}

/// Where its source is, and what was made of it already.
fn component(component: &Component) -> Node {
    let source = component.repository.as_ref().map(|repository| match &component.reference {
        Some(reference) => format!("{repository} at {reference}"),
        None => repository.clone(),
    });
    let state = component.existing.as_ref().and_then(|existing| existing.state_name.as_deref());
    let state = state.map(|state| format!("({})", state.to_lowercase()));
    let detail: Vec<_> = source.into_iter().chain(state).collect();
    // What holds for all components alike is said once, for the build.
    let for_all = |rule: &str| matches!(rule, "strategy" | "earlier-build");
    let reuse = component.reuse.as_ref().filter(|reuse| !for_all(&reuse.rule));
    Node::new(&*component.package).detail(detail.join(" ")).below(reuse.map(|reuse| Node::new(&*reuse.reason)))
}

fn headline(build: &Planned) -> String {
    let nsvc = format!("{}:{}:{}:{}", build.name, build.stream, build.version, build.context);
    let existing = build.existing.as_ref().map(|existing| {
        let state = existing.state_name.as_deref().unwrap_or("unknown");
        format!("build {} is {state}", existing.id)
    });
    let existing = existing.unwrap_or_default();
    let scratch = if build.scratch { " (a scratch build)" } else { "" };
    match build.would.as_str() {
        "create" => format!("Would build {nsvc}{scratch}"),
        "resume" => format!("Would resume {nsvc} ({existing})"),
        _ => format!("Would leave {nsvc} alone ({existing})"),
    }
}
