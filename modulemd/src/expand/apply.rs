//! A document with the streams filled in that were chosen for it.

use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::solve::Chosen;
use crate::ModuleStream;
use crate::contexts::contexts;
use crate::stream::Dependencies;
use crate::yaml::Node;

/// Block `number` of the document becomes the last one, with single streams; `expanded` is that block with open streams replaced.
pub fn apply(
    document: &ModuleStream,
    number: usize,
    expanded: &Dependencies,
    chosen: &Chosen,
    static_context: bool,
    settings: &Settings,
) -> ModuleStream {
    let mut build = document.clone();
    let original = build.dependencies.remove(number);
    build.dependencies.push(single_streams(&original, expanded, chosen));
    let mbs = build.mbs_mut();
    mbs.insert("buildrequires".to_owned(), buildrequires(chosen));
    mbs.insert("mse".to_owned(), Node::Bool(true));
    if static_context {
        mbs.insert("static_context".to_owned(), Node::Bool(true));
    } else {
        build.context = None;
        build.context = Some(contexts(&build, &settings.base_module_names).context);
    }
    build
}

/// A run-time requirement that has the same streams as the build requirement follows it; any other stays as it is.
fn single_streams(original: &Dependencies, expanded: &Dependencies, chosen: &Chosen) -> Dependencies {
    let single = |name: &String| chosen.get(name).map(|build| BTreeSet::from([build.nsvc.stream.clone()]));
    let buildrequires = expanded.buildrequires.keys();
    let buildrequires: BTreeMap<_, _> = buildrequires.filter_map(|name| Some((name.clone(), single(name)?))).collect();
    let requires = original.requires.iter().map(|(name, streams)| {
        let follows = original.buildrequires.get(name) == Some(streams);
        let streams = if follows { single(name).unwrap_or_else(|| streams.clone()) } else { streams.clone() };
        (name.clone(), streams)
    });
    Dependencies { requires: requires.collect(), buildrequires }
}

fn buildrequires(chosen: &Chosen) -> Node {
    let entry = |name: &str, value: &str| (name.to_owned(), Node::from(value));
    let dependency = |(name, build): (&String, &std::sync::Arc<super::Known>)| {
        let commit = build.document.mbs().and_then(|mbs| mbs.get("commit")).and_then(Node::as_str);
        let node = BTreeMap::from([
            entry("ref", commit.unwrap_or_default()),
            entry("stream", &build.nsvc.stream),
            entry("version", &build.nsvc.version),
            entry("context", &build.nsvc.context),
            entry("koji_tag", build.koji_tag.as_deref().unwrap_or_default()),
        ]);
        (name.clone(), Node::Map(node))
    };
    Node::Map(chosen.iter().map(dependency).collect())
}
