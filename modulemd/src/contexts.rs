//! Context hashes: SHA-1 over JSON, bit for bit those of the Python service.
//!
//! The text that is hashed is what Python's `json.dumps` writes: `, ` and `: ` as separators, everything beyond ASCII as `\uXXXX`
//! (surrogate pairs where needed), keys sorted by code point.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha1::{Digest, Sha1};

use crate::ModuleStream;
use crate::stream::Dependencies;
use crate::yaml::Node;

/// The hashes of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contexts {
    /// Over the streams of all buildrequires; 40 hex digits.
    pub build_context: String,
    /// The same without base modules.
    pub build_context_no_bms: String,
    /// Over the streams of all requires.
    pub runtime_context: String,
    /// Over both; 8 hex digits.
    pub context: String,
}

/// The hashes of a document whose streams are expanded (`xmd.mbs.buildrequires` is filled in).
pub fn contexts(document: &ModuleStream, base_modules: &[String]) -> Contexts {
    let streams = buildrequired_streams(document);
    let without = streams.iter().filter(|(name, _)| !base_modules.contains(name));
    let build_context = build_context(&streams);
    let runtime_context = runtime_context(&document.dependencies);
    Contexts {
        build_context_no_bms: self::build_context(&without.map(|(n, s)| (n.clone(), s.clone())).collect()),
        context: module_context(&build_context, &runtime_context),
        build_context,
        runtime_context,
    }
}

/// Over the stream of every buildrequired module.
pub fn build_context(streams: &BTreeMap<String, String>) -> String {
    let members = streams.iter().map(|(name, stream)| (name.as_str(), quoted(stream)));
    sha1(&object(members))
}

/// Over the streams of every required module, those of all dependency blocks together.
pub fn runtime_context(dependencies: &[Dependencies]) -> String {
    let mut requires: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, streams) in dependencies.iter().flat_map(|block| &block.requires) {
        requires.entry(name).or_default().extend(streams.iter().map(String::as_str));
    }
    let list = |streams: BTreeSet<&str>| {
        let items: Vec<_> = streams.into_iter().map(quoted).collect();
        format!("[{}]", items.join(", "))
    };
    sha1(&object(requires.into_iter().map(|(name, streams)| (name, list(streams)))))
}

/// The context of a module: the first eight digits over both hashes.
pub fn module_context(build_context: &str, runtime_context: &str) -> String {
    let mut hash = sha1(&format!("{build_context}:{runtime_context}"));
    hash.truncate(8);
    hash
}

/// `xmd.mbs.buildrequires`: the stream of every module.
pub(crate) fn buildrequired_streams(document: &ModuleStream) -> BTreeMap<String, String> {
    let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires")).and_then(Node::as_map);
    let stream = |node: &Node| node.get("stream").and_then(Node::as_str).unwrap_or_default().to_owned();
    buildrequires.into_iter().flatten().map(|(name, node)| (name.clone(), stream(node))).collect()
}

fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: Vec<_> = members.map(|(name, value)| format!("{}: {value}", quoted(name))).collect();
    format!("{{{}}}", members.join(", "))
}

/// A JSON string as Python writes it.
fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some('"') => json.push_str("\\\""),
            Some('\\') => json.push_str("\\\\"),
            Some('\n') => json.push_str("\\n"),
            Some('\r') => json.push_str("\\r"),
            Some('\t') => json.push_str("\\t"),
            Some('\u{8}') => json.push_str("\\b"),
            Some('\u{c}') => json.push_str("\\f"),
            Some(c) if (' '..='~').contains(&c) => json.push(c),
            _ => {
                let _infallible = write!(json, "\\u{unit:04x}");
            }
        }
    }
    json.push('"');
    json
}

/// SHA-1 in hex.
pub(crate) fn sha1(text: &str) -> String {
    let mut hex = String::with_capacity(40);
    for byte in Sha1::digest(text.as_bytes()) {
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}
