//! Hashes, versions and names as recorded from the Python service (`hashes.json`, `naming.json`).

use std::collections::{BTreeMap, BTreeSet};

use modulemd::contexts::{self, contexts};
use modulemd::naming::{MAX_TAG, Nvr, koji_tag};
use modulemd::read::{read, read_stream};
use modulemd::stream::Dependencies;
use modulemd::version::{StreamSuffixes, from_time, prefixed, stream_version, version_prefix};
use modulemd::{Document, Limits, ModuleStream, Nsvc, disttag, submission};
use regex::Regex;
use serde_json::Value;

use crate::recorded;

/// The recorded entries of one kind; none where the file is not there.
fn entries(file: &str, kind: &str) -> Vec<Value> {
    let Some(text) = recorded::file(file) else { return Vec::new() };
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let entries = all[kind].as_array().cloned().unwrap_or_default();
    println!("{file} {kind}: {} cases", entries.len());
    entries
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn suffixes(value: &Value) -> StreamSuffixes {
    let pair =
        |pattern: &str, suffix: &Value| (Regex::new(pattern).expect("pattern"), suffix.as_f64().expect("number"));
    match value {
        Value::Array(pairs) => pairs.iter().map(|p| pair(p[0].as_str().expect("text"), &p[1])).collect(),
        Value::Object(map) => map.iter().map(|(pattern, suffix)| pair(pattern, suffix)).collect(),
        _ => Vec::new(),
    }
}

fn base_modules(config: &Value) -> Vec<String> {
    match &config["BASE_MODULE_NAMES"] {
        Value::Null => vec!["platform".to_owned()],
        names => texts(names),
    }
}

/// A document with this xmd, which in the records is JSON.
fn with_xmd(xmd: &Value) -> ModuleStream {
    let yaml = format!(
        "document: modulemd\nversion: 2\ndata: {{summary: s, description: d, license: {{module: [MIT]}}, xmd: {xmd}}}\n"
    );
    read_stream(&yaml, &Limits::default()).expect("readable")
}

#[test]
fn build_contexts() {
    for entry in entries("hashes.json", "build_context") {
        let streams = entry["buildrequires"].as_object().expect("an object");
        let xmd: Value =
            streams.iter().map(|(name, stream)| (name.clone(), serde_json::json!({"stream": stream}))).collect();
        let document = with_xmd(&serde_json::json!({"mbs": {"buildrequires": xmd}}));
        let found = contexts(&document, &texts(&entry["base_module_names"]));
        assert_eq!(found.build_context, text(&entry["build_context"]), "{entry}");
        assert_eq!(found.build_context_no_bms, text(&entry["build_context_no_bms"]), "{entry}");
        let streams: BTreeMap<_, _> = streams.iter().map(|(name, stream)| (name.clone(), text(stream))).collect();
        assert_eq!(contexts::build_context(&streams), found.build_context, "{entry}");
    }
}

#[test]
fn runtime_contexts() {
    for entry in entries("hashes.json", "runtime_context") {
        let blocks: Vec<Dependencies> = entry["requires_blocks"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|block| Dependencies {
                requires: block
                    .as_object()
                    .expect("an object")
                    .iter()
                    .map(|(name, streams)| (name.clone(), texts(streams).into_iter().collect::<BTreeSet<_>>()))
                    .collect(),
                ..Dependencies::default()
            })
            .collect();
        assert_eq!(contexts::runtime_context(&blocks), text(&entry["runtime_context"]), "{entry}");
    }
}

#[test]
fn module_contexts() {
    for entry in entries("hashes.json", "module_context") {
        let found = contexts::module_context(&text(&entry["build_context"]), &text(&entry["runtime_context"]));
        assert_eq!(found, text(&entry["context"]), "{entry}");
    }
}

#[test]
fn contexts_of_documents() {
    for entry in entries("hashes.json", "contexts_from_mmd") {
        let document = read_stream(&text(&entry["modulemd"]), &Limits::default()).expect("readable");
        let found = contexts(&document, &["platform".to_owned()]);
        assert_eq!(found.build_context, text(&entry["build_context"]), "{entry}");
        assert_eq!(found.build_context_no_bms, text(&entry["build_context_no_bms"]), "{entry}");
        assert_eq!(found.runtime_context, text(&entry["runtime_context"]), "{entry}");
        assert_eq!(found.context, text(&entry["context"]), "{entry}");
    }
}

#[test]
fn stream_versions() {
    for entry in entries("hashes.json", "stream_version") {
        let suffixes = suffixes(&entry["stream_suffixes"]);
        let stream = text(&entry["stream"]);
        if entry["right_pad"].get("exception").is_some() {
            // `²` was taken for a digit and then was none; here it is no digit from the start.
            assert_eq!(stream_version(&stream, &suffixes), Some(0.0), "{entry}");
            continue;
        }
        assert_eq!(stream_version(&stream, &suffixes), entry["right_pad"]["result"].as_f64(), "{entry}");
        assert_eq!(version_prefix(&stream, &suffixes), entry["no_pad"]["result"].as_f64(), "{entry}");
    }
}

#[test]
fn prefixed_versions() {
    for entry in entries("hashes.json", "prefixed_version") {
        let document = with_xmd(&entry["xmd"]);
        let stream = submission::base_module_stream(&document, &base_modules(&entry["config"]));
        let version = entry["version"].as_u64().expect("64 bits");
        let found = prefixed(version, stream.as_deref(), &suffixes(&entry["config"]["STREAM_SUFFIXES"]));
        assert_eq!(Some(found), entry["result"].as_u64(), "{entry}");
    }
}

#[test]
fn versions_of_documents() {
    #[expect(clippy::cast_possible_truncation, reason = "seconds of this century")]
    let seconds = |value: &Value| match value {
        Value::String(text) => text.parse().expect("a number"),
        number => number.as_f64().expect("a number") as i64,
    };
    for entry in entries("hashes.json", "version_from_mmd") {
        let found = if let Some(timestamp) = entry.get("timestamp") {
            from_time(seconds(timestamp))
        } else {
            let document = read(&text(&entry["modulemd"]), &Limits::default()).expect("readable");
            match document {
                Document::Stream(stream) if stream.version != 0 => stream.version,
                _ => from_time(seconds(&entry["now"])),
            }
        };
        assert_eq!(Some(found), entry["version"].as_u64(), "{entry}");
    }
}

#[test]
fn koji_tags() {
    for entry in entries("naming.json", "koji_tag") {
        let args = &entry["args"];
        let nsvc =
            Nsvc::new(text(&args["name"]), text(&args["stream"]), text(&args["version"]), text(&args["context"]));
        let scratch = args["scratch"].as_bool().unwrap_or(false);
        let scratch = scratch.then(|| args["scratch_id"].as_i64().unwrap_or(0));
        let max = args["max_length"].as_u64().map_or(MAX_TAG, |max| usize::try_from(max).expect("small"));
        assert_eq!(koji_tag(&nsvc, scratch, max), text(&entry["tag"]), "{entry}");
    }
}

#[test]
fn names_of_packages() {
    for entry in entries("naming.json", "nvr") {
        let parts: [String; 4] = texts(&entry["nsvc"]).try_into().expect("four");
        let [name, stream, version, context] = parts;
        let nsvc = Nsvc::new(name, stream, version, context);
        assert_eq!(nsvc.to_string(), text(&entry["nsvc_string"]), "{entry}");
        assert_eq!(Nvr::of_module(&nsvc).to_string(), text(&entry["nvr_string"]), "{entry}");
    }
    for entry in entries("naming.json", "parse_nvr") {
        let found = entry["input"].as_str().unwrap_or_default().parse::<Nvr>();
        if entry.get("exception").is_some() {
            assert!(found.is_err(), "{entry}");
            continue;
        }
        let found = found.expect("an NVR");
        assert_eq!(found.name, text(&entry["result"]["name"]), "{entry}");
        assert_eq!(found.version, text(&entry["result"]["version"]), "{entry}");
        assert_eq!(found.release, text(&entry["result"]["release"]), "{entry}");
        assert_eq!(found.epoch.unwrap_or_default(), text(&entry["result"]["epoch"]), "{entry}");
    }
}

#[test]
fn disttags() {
    let cases = entries("naming.json", "rpm_release");
    let known = cases.first().map(|case| texts(&case["known_modules"])).unwrap_or_default();
    let known: Vec<ModuleStream> =
        known.iter().map(|yaml| read_stream(yaml, &Limits::default()).expect("readable")).collect();
    let document_of = |nsvc: &Nsvc| {
        let is = |document: &&ModuleStream| {
            document.name() == nsvc.name
                && document.stream() == nsvc.stream
                && document.version.to_string() == nsvc.version
                && document.context.as_deref() == Some(nsvc.context.as_str())
        };
        known.iter().find(is).cloned()
    };
    for case in &cases {
        let builds = case["builds"].as_array().expect("a list");
        for build in builds {
            let same =
                |other: &&Value| ["name", "stream", "version", "scratch"].iter().all(|key| other[key] == build[key]);
            // An id counts as soon as the build exists; later siblings have larger ones.
            let index = builds.iter().filter(same).filter_map(|other| other["id"].as_i64()).min().expect("itself");
            let nsvc = Nsvc::new(
                text(&build["name"]),
                text(&build["stream"]),
                text(&build["version"]),
                text(&build["context"]),
            );
            let privileged = texts(&case["config"]["ALLOWED_PRIVILEGED_MODULE_NAMES"]);
            let marking =
                disttag::marking(&with_xmd(&build["xmd"]), &privileged, &base_modules(&case["config"]), document_of);
            let prefix = case["config"]["DEFAULT_DIST_TAG_PREFIX"].as_str().unwrap_or("module+");
            let scratch = build["scratch"] == true;
            let index = i32::try_from(index).expect("small");
            let found = disttag::disttag(&nsvc, index, marking.as_deref(), scratch, prefix);
            assert_eq!(found, text(&build["rpm_release"]), "{build}");
            let id = build["id"].as_i64();
            assert_eq!(koji_tag(&nsvc, id.filter(|_| scratch), MAX_TAG), text(&build["koji_tag"]), "{build}");
            assert_eq!(Nvr::of_module(&nsvc).to_string(), text(&build["nvr"]), "{build}");
        }
    }
}
