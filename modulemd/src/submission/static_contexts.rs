//! Contexts that the packager chose.
//!
//! ```yaml
//! xmd:
//!   mbs_options:
//!     contexts:
//!       f28:
//!         buildrequires: {platform: f28}
//!         requires: {platform: f28}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::SubmissionError;
use crate::expansion::{ExpandSettings, check_size};
use crate::packager::PackagerV3;
use crate::stream::Dependencies;
use crate::yaml::Node;
use crate::{Document, ModuleStream};

/// The streams that a document stands for.
pub(super) struct Submitted {
    pub streams: Vec<ModuleStream>,
    /// Their contexts stay.
    pub static_context: bool,
}

pub(super) fn split(document: &Document, settings: &ExpandSettings) -> Result<Submitted, SubmissionError> {
    let stream = match document {
        Document::Packager(packager) => {
            let all = packager.configurations.iter();
            let first = all.take(1).map(|(context, first)| (context.clone(), first.clone())).collect();
            let one = PackagerV3 { configurations: first, ..packager.as_ref().clone() };
            for stream in one.to_streams() {
                check_size(&stream, packager.configurations.len(), settings)?;
            }
            let streams = packager.to_streams();
            return Ok(Submitted { streams, static_context: true });
        }
        Document::Stream(stream) => stream.as_ref(),
    };
    let is_rebuild = stream.xmd.get("mbs").is_some_and(|mbs| mbs.get("static_context").is_some());
    let contexts = stream.xmd.get("mbs_options").and_then(|options| options.get("contexts"));
    match contexts {
        Some(contexts) if !stream.static_context && !is_rebuild => {
            Ok(Submitted { streams: by_context(stream, contexts, settings)?, static_context: true })
        }
        _ => Ok(Submitted { streams: vec![stream.clone()], static_context: stream.static_context || is_rebuild }),
    }
}

fn by_context(
    stream: &ModuleStream,
    contexts: &Node,
    settings: &ExpandSettings,
) -> Result<Vec<ModuleStream>, SubmissionError> {
    if is_empty(contexts) {
        return refuse("The 'xmd' property of the modulemd yaml file does not contain the 'contexts' key.");
    }
    let Some(contexts) = contexts.as_map() else {
        return refuse("The value of the 'contexts' property needs to be a dict.");
    };
    let stream = without_contexts(stream);
    check_size(&stream, contexts.len(), settings)?;
    let streams = contexts.iter().map(|(context, dependencies)| {
        check_keys(context, dependencies)?;
        Ok(ModuleStream {
            context: Some(context.clone()),
            dependencies: vec![Dependencies {
                buildrequires: single_streams(context, dependencies, "buildrequires")?,
                requires: single_streams(context, dependencies, "requires")?,
            }],
            ..stream.clone()
        })
    });
    streams.collect()
}

fn check_keys(context: &str, dependencies: &Node) -> Result<(), SubmissionError> {
    if dependencies.get("buildrequires").is_none() {
        // Two blanks: clients know the text so.
        return refuse(format!("The  context '{context}' is missing the 'buildrequires' key!"));
    }
    if dependencies.get("requires").is_none() {
        return refuse(format!("The context '{context}' is missing the 'requires' key!"));
    }
    Ok(())
}

fn without_contexts(stream: &ModuleStream) -> ModuleStream {
    let mut stream = stream.clone();
    let xmd = stream.xmd.as_map_mut();
    if let Some(options) = xmd.get_mut("mbs_options") {
        options.as_map_mut().remove("contexts");
        if is_empty(options) {
            xmd.remove("mbs_options");
        }
    }
    stream
}

/// The modules under `kind` of one context, each with its one stream.
fn single_streams(
    context: &str,
    dependencies: &Node,
    kind: &str,
) -> Result<BTreeMap<String, BTreeSet<String>>, SubmissionError> {
    let Some(modules) = dependencies.get(kind).and_then(Node::as_map) else {
        return refuse(format!("The '{kind}' of the '{context}' static context have to map module names to streams."));
    };
    let single = |(module, stream): (&String, &Node)| {
        let stream = single_stream(module, stream, context, kind)?;
        Ok((module.clone(), BTreeSet::from([stream])))
    };
    modules.iter().map(single).collect()
}

fn single_stream(module: &str, stream: &Node, context: &str, kind: &str) -> Result<String, SubmissionError> {
    if is_empty(stream) {
        return refuse(format!(
            "The '{module}' module in '{kind}' of the '{context}' static context has no stream defined."
        ));
    }
    let Node::Text(text) = stream else {
        return refuse(format!(
            "The module '{module}' in '{kind}' of the '{context}' static context is of type '{}' should be 'str' type.",
            type_name(stream)
        ));
    };
    if text.starts_with('-') {
        return refuse(format!(
            "The '{text}' stream of module '{module}' in '{kind}' of the'{context}' static contexts is using stream \
             expansion. Usage of stream expansion with static context is forbidden."
        ));
    }
    Ok(text.clone())
}

fn is_empty(node: &Node) -> bool {
    match node {
        Node::Bool(value) => !value,
        Node::Text(text) => text.is_empty(),
        Node::List(list) => list.is_empty(),
        Node::Map(map) => map.is_empty(),
    }
}

/// Types by the names that clients know.
fn type_name(node: &Node) -> &'static str {
    match node {
        Node::Bool(_) => "<class 'bool'>",
        Node::Text(_) => "<class 'str'>",
        Node::List(_) => "<class 'list'>",
        Node::Map(_) => "<class 'dict'>",
    }
}

fn refuse<T>(text: impl Into<String>) -> Result<T, SubmissionError> {
    Err(SubmissionError::StaticContexts(text.into()))
}
