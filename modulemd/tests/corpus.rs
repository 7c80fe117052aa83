//! Real and broken documents, held against what libmodulemd reads from them.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeSet;

use modulemd::read::{UnknownKeys, read_all, read_stream, read_strict};
use modulemd::{Document, Limits};
use support::{as_recorded, data, file_names, recorded, sorted};

/// What only an index refuses: a name is missing, or the document is for packagers.
const REFUSED_BY_AN_INDEX_ONLY: [&str; 2] = ["good_buildafter_v2.yaml", "spec_packager_v3.yaml"];
/// Documents of other kinds stand between the streams of an index.
const OTHER_KIND: &str = "cannot be built; expected";

fn read_file(name: &str) -> Vec<Result<Document, modulemd::read::ReadError>> {
    read_all(&data(name), &Limits::default(), UnknownKeys::Refuse)
        .expect("the corpus is YAML")
        .into_iter()
        .filter(|result| !result.as_ref().is_err_and(|error| error.to_string().contains(OTHER_KIND)))
        .collect()
}

#[test]
fn every_stream_reads_as_libmodulemd_reads_it() {
    let mut count = 0;
    for name in file_names() {
        let record = &recorded()[&name];
        let expected: BTreeSet<String> = record["streams"].as_array().expect("list").iter().map(sorted).collect();
        let read: BTreeSet<String> = read_file(&name)
            .into_iter()
            .filter_map(Result::ok)
            .filter(|_| !REFUSED_BY_AN_INDEX_ONLY.contains(&name.as_str()))
            .map(|document| match document {
                Document::Stream(stream) => sorted(&as_recorded(&stream, &expected)),
                Document::Packager(_) => panic!("{name} holds no packager document"),
            })
            .collect();
        count += read.len();
        assert_eq!(
            (expected.difference(&read).next(), read.difference(&expected).next()),
            (None, None),
            "{name}: read by libmodulemd only, and by us only"
        );
        assert_eq!(read.len(), expected.len(), "{name}");
    }
    assert!(count >= 64, "{count}");
}

#[test]
fn what_libmodulemd_refuses_is_refused_with_its_line() {
    let expected = [
        (
            "bad_combo_arches_v2.yaml",
            "line 51, column 9: the component `http-parser` is for the architecture `i686`, which is not in buildopts.arches",
        ),
        (
            "bad_stream_v1.yaml",
            "line 14, column 7: the artifact `MissingEpoch-0-0.src` is not of the form name-epoch:version-release.arch",
        ),
        (
            "bad_stream_v2.yaml",
            "line 13, column 3: the static context `-` has to be 1 to 13 letters, digits and underscores",
        ),
        (
            "both_same_component_v2.yaml",
            "line 56, column 9: the component `nodejs` has both buildorder and buildafter; keep one of them",
        ),
        ("broken_stream.yaml", "line 4, column 7: data has to be a mapping, not a text"),
        (
            "invalid_key_v2.yaml",
            "line 55, column 9: the component `nodejs` is to be built after `nosuchkey`, which is no component of this module",
        ),
        (
            "mixed_buildorder_v2.yaml",
            "line 58, column 9: the component `nodejs` has buildafter, but `http-parser` has buildorder; a module uses one or the other",
        ),
    ];
    for (name, message) in expected {
        assert_eq!(recorded()[name]["ok"], false, "{name}");
        let error = read_strict(&data(name), &Limits::default()).expect_err(name);
        assert_eq!(error.to_string(), message, "{name}");
    }
}

#[test]
fn one_bad_document_does_not_take_the_others_down() {
    let results = read_file("good_and_bad.yaml");
    let errors: Vec<String> = results.iter().filter_map(|result| Some(result.as_ref().err()?.to_string())).collect();
    assert_eq!(results.len(), 3);
    assert_eq!(errors, ["line 176, column 1: the document has no `data`"]);
}

#[test]
fn what_only_an_index_refuses_is_read() {
    let results = read_file("good_buildafter_v2.yaml");
    let Ok(Document::Stream(stream)) = &results[0] else { panic!("{results:?}") };
    assert_eq!(stream.name, None);
    assert!(stream.rpm_components["nodejs"].buildafter.contains("libuv"));

    let results = read_file("spec_packager_v3.yaml");
    let Ok(Document::Packager(packager)) = &results[0] else { panic!("{results:?}") };
    let contexts: Vec<&String> = packager.configurations.keys().collect();
    assert_eq!(contexts, ["CTX1", "CTX2"]);
}

#[test]
fn every_stream_written_and_read_back_is_equal() {
    for name in file_names() {
        for document in read_file(&name).into_iter().filter_map(Result::ok) {
            for stream in document.into_streams() {
                let text = stream.to_yaml();
                let back =
                    read_stream(&text, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
                assert_eq!(back, stream, "{name}\n{text}");
                assert_eq!(back.to_yaml(), text, "{name}");
            }
        }
    }
}
