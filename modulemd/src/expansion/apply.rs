//! The document of one build: the submitted one with what was chosen for it.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{BuildState, KnownBuild};
use super::solve::Combination;
use super::{ExpandError, ExpandSettings, Lookup};
use crate::ModuleStream;
use crate::contexts::contexts;
use crate::stream::Dependencies;
use crate::yaml::Node;

/// The dependency block of the combination becomes the last one, with single streams, and `xmd.mbs` says what was chosen.
pub(super) fn apply(
    document: &ModuleStream,
    combination: &Combination<'_>,
    static_context: bool,
    lookup: &Lookup<'_>,
    settings: &ExpandSettings,
) -> Result<ModuleStream, ExpandError> {
    let mut build = document.clone();
    let block = build.dependencies[combination.block].clone();
    build.dependencies.retain(|other| *other != block);
    build.dependencies.push(single_streams(&block, combination));
    let mut buildrequires = BTreeMap::new();
    for needed in &combination.builds {
        buildrequires.insert(needed.nsvc.name.clone(), details(needed, lookup)?);
    }
    let mbs = build.mbs_mut();
    mbs.insert("buildrequires".to_owned(), Node::Map(buildrequires));
    mbs.insert("mse".to_owned(), Node::Bool(true));
    if static_context {
        mbs.insert("static_context".to_owned(), Node::Bool(true));
    } else {
        build.context = Some(contexts(&build, &settings.base_module_names).context);
    }
    Ok(build)
}

/// A run-time requirement with the same streams as the build requirement follows it; any other stays as it is.
fn single_streams(block: &Dependencies, combination: &Combination<'_>) -> Dependencies {
    let chosen: BTreeMap<&str, &str> =
        combination.builds.iter().map(|build| (build.nsvc.name.as_str(), build.nsvc.stream.as_str())).collect();
    let single = |name: &String| {
        let stream = chosen.get(name.as_str())?;
        Some(BTreeSet::from([(*stream).to_owned()]))
    };
    let buildrequires = block.buildrequires.keys();
    let requires = block.requires.iter().map(|(name, streams)| {
        let follows = block.buildrequires.get(name) == Some(streams);
        let streams = single(name).filter(|_| follows).unwrap_or_else(|| streams.clone());
        (name.clone(), streams)
    });
    Dependencies {
        requires: requires.collect(),
        buildrequires: buildrequires.filter_map(|name| Some((name.clone(), single(name)?))).collect(),
    }
}

/// What `xmd.mbs.buildrequires` says of a build that is needed.
pub(super) fn details(build: &KnownBuild, lookup: &Lookup<'_>) -> Result<Node, ExpandError> {
    check_siblings(build, lookup)?;
    let mbs = lookup.document(build).and_then(ModuleStream::mbs);
    let entry = |key: &str| mbs.and_then(|mbs| mbs.get(key)).filter(|node| is_set(node));
    let Some(commit) = entry("commit") else {
        return Err(ExpandError::NoCommit(build.nsvc.name.clone()));
    };
    if entry("mse").is_none() {
        return Err(ExpandError::NotExpanded(build.nsvc.to_string()));
    }
    let nsvc = &build.nsvc;
    let details = [
        ("ref", commit.clone()),
        ("stream", nsvc.stream.as_str().into()),
        ("version", nsvc.version.as_str().into()),
        ("context", nsvc.context.as_str().into()),
        ("koji_tag", build.koji_tag.clone().unwrap_or_default().into()),
    ];
    let details = details.map(|(key, value)| (key.to_owned(), value));
    Ok(Node::Map(BTreeMap::from(details)))
}

/// Builds of the same submission have to be finished in some way, or this one may still turn out to be incomplete.
fn check_siblings(build: &KnownBuild, lookup: &Lookup<'_>) -> Result<(), ExpandError> {
    let nsvc = &build.nsvc;
    let is_sibling = |other: &&KnownBuild| {
        other.id != build.id
            && other.nsvc.stream == nsvc.stream
            && other.nsvc.version == nsvc.version
            && other.scratch == build.scratch
    };
    let finished = [BuildState::Ready, BuildState::Failed, BuildState::Garbage];
    let mut siblings = lookup.rows(&nsvc.name).iter().filter(is_sibling);
    match siblings.find(|sibling| !finished.contains(&sibling.state)) {
        None => Ok(()),
        Some(sibling) => Err(ExpandError::Unfinished {
            name: sibling.nsvc.name.clone(),
            stream: sibling.nsvc.stream.clone(),
            version: sibling.nsvc.version.clone(),
            state: sibling.state.name(),
        }),
    }
}

/// Neither empty nor false. The text `false` counts as set.
fn is_set(node: &Node) -> bool {
    match node {
        Node::Bool(value) => *value,
        Node::Text(text) => !text.is_empty(),
        Node::List(list) => !list.is_empty(),
        Node::Map(map) => !map.is_empty(),
    }
}
