use super::*;
use crate::yaml::Node;

/// Version 2 with the mandatory fields; `rest` begins in line 7.
fn v2(rest: &str) -> String {
    format!(
        "document: modulemd\nversion: 2\ndata:\n  summary: s\n  description: d\n  license: {{module: [MIT]}}\n{rest}"
    )
}

fn v1(rest: &str) -> String {
    v2(rest).replacen("version: 2", "version: 1", 1)
}

fn stream(text: &str) -> ModuleStream {
    read_stream(text, &Limits::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn refusal(text: &str) -> String {
    read(text, &Limits::default()).expect_err(text).to_string()
}

#[test]
fn scalars_are_text() {
    let stream = stream(&v2("  name: no\n  stream: 1.10\n  version: 007\n  context: 00000000\n"));
    assert_eq!((stream.name(), stream.stream()), ("no", "1.10"));
    assert_eq!((stream.version, stream.context.as_deref()), (7, Some("00000000")));
}

#[test]
fn name_and_stream_may_be_missing() {
    let stream = stream(&v2(""));
    assert_eq!((stream.name, stream.stream, stream.version), (None, None, 0));
}

#[test]
fn a_missing_summary_names_the_key_that_was_meant() {
    let text = v2("").replace("summary", "sumary");
    assert_eq!(
        refusal(&text),
        "line 4, column 3: the module has no summary (line 4: data has no key `sumary`; did you mean `summary`?)"
    );
    assert_eq!(refusal(&v2("").replace("  description: d\n", "")), "line 4, column 3: the module has no description");
    assert_eq!(
        refusal(&v2("").replace("[MIT]", "[]")),
        "line 6, column 13: the module has no licence; list at least one in license.module"
    );
}

#[test]
fn unknown_keys_are_passed_over_with_a_notice_or_refused() {
    let text = v2("  components:\n    rpms:\n      a: {rationale: r, buildordr: 1, foo: {x: [y]}}\n  summary: t\n");
    let reading = read_with_notices(&text, &Limits::default()).expect("reads");
    let notices: Vec<_> = reading.notices.iter().map(|notice| (notice.line, notice.text.as_str())).collect();
    assert_eq!(
        notices,
        [
            (10, "`summary` is already in line 4; the last one counts"),
            (9, "the component `a` has no key `buildordr`; did you mean `buildorder`?"),
            (9, "the component `a` has no key `foo`"),
        ]
    );
    let Document::Stream(stream) = reading.document else { panic!("a stream") };
    assert_eq!(stream.summary, "t");
    let error = read_strict(&text, &Limits::default()).expect_err("unknown key");
    assert_eq!(
        error.to_string(),
        "line 9, column 25: the component `a` has no key `buildordr`; did you mean `buildorder`?"
    );
}

#[test]
fn version_1_becomes_version_2() {
    let stream = stream(&v1(
        "  dependencies:\n    requires: {a: b, any: }\n    buildrequires: {platform: f28}\n  eol: 2020-1-2\n  artifacts: {rpms: [a-0:1-1.x]}\n",
    ));
    assert_eq!(stream.dependencies.len(), 1);
    assert_eq!(stream.dependencies[0].requires["a"], ["b".to_owned()].into());
    assert!(stream.dependencies[0].requires["any"].is_empty());
    assert_eq!(stream.dependencies[0].buildrequires["platform"], ["f28".to_owned()].into());
    assert_eq!(stream.servicelevels["rawhide"].as_deref(), Some("2020-01-02"));
    assert!(stream.rpm_artifacts.contains("a-0:1-1.x"));
    assert!(self::stream(&v1("  dependencies: {requires: {}}\n")).dependencies.is_empty());
    assert_eq!(
        refusal(&v1("  dependencies: {requires: {a: [b]}}\n")),
        "line 7, column 32: requires.a has to be a text, not a list"
    );
}

#[test]
fn a_packager_does_not_say_what_only_a_build_knows() {
    let text = v2("  name: a\n  stream: b\n  version: 3\n  xmd: {a: b}\n  buildopts: {arches: [x]}\n").replacen(
        "modulemd",
        "modulemd-packager",
        1,
    );
    let stream = stream(&text);
    assert_eq!((stream.name.as_ref(), stream.stream.as_ref(), stream.version), (None, None, 0));
    assert_eq!(stream.xmd, Node::default());
    assert!(stream.buildopts.arches.is_empty());
}

#[test]
fn the_envelope_is_checked() {
    for (text, expected) in [
        (
            "[a]",
            "line 1, column 1: a module document has to be a mapping with `document`, `version` and `data`, not a list",
        ),
        ("document: modulemd\nversion: 2\n", "line 1, column 1: the document has no `data`"),
        ("version: 2\ndata: {}\n", "line 1, column 1: the document has no `document`"),
        ("document: modulemd\ndata: {}\n", "line 1, column 1: the document has no `version`"),
        (
            "document: modulemd-defaults\nversion: 1\ndata: {}\n",
            "line 1, column 11: a document of the kind `modulemd-defaults` cannot be built; expected `modulemd` or `modulemd-packager`",
        ),
        (
            "document: modulemd\nversion: 3\ndata: {}\n",
            "line 2, column 10: `modulemd` has no version 3; supported are 1 and 2",
        ),
        (
            "document: modulemd-packager\nversion: 1\ndata: {}\n",
            "line 2, column 10: `modulemd-packager` has no version 1; supported are 2 and 3",
        ),
        (
            "document: modulemd\nversion: 2\nversion: 2\ndata: {}\n",
            "line 3, column 1: `version` stands here a second time",
        ),
        ("document: modulemd\nversion: 2\ndata:\n", "line 3, column 6: data has to be a mapping, but nothing is there"),
    ] {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn streams_partly_excluded_are_left_to_the_expansion() {
    let text = "document: modulemd\nversion: 2\ndata:\n  summary: s\n  description: d\n  license: {module: [MIT]}\n  \
                dependencies: [{requires: {a: [-b, c]}}]\n";
    let stream = read_stream(text, &Limits::default()).expect("may come out right");
    assert_eq!(
        validate(&stream).expect_err("cannot be written").reason,
        "the streams of `a` in requires are partly excluded by a `-`; either all or none can be"
    );
}

#[test]
fn fields_of_the_wrong_kind_are_refused() {
    for (rest, expected) in [
        ("  version: -1\n", "line 7, column 12: version has to be a whole number from 0 to 18446744073709551615"),
        ("  xmd: [a]\n", "line 7, column 8: xmd has to be a mapping, not a list"),
        ("  dependencies: {requires: {a: [b]}}\n", "line 7, column 17: dependencies has to be a list, not a mapping"),
        (
            "  dependencies: [{requires: {a: [], a: []}}]\n",
            "line 7, column 37: `a` stands in this requires a second time",
        ),
        (
            "  profiles: {d: {default: yes}}\n",
            "line 7, column 27: default of the profile `d` has to be `true` or `false`",
        ),
        (
            "  components: {rpms: {a: {buildorder: 1x}}}\n",
            "line 7, column 39: buildorder of the component `a` has to be a whole number of up to 64 bits",
        ),
        (
            "  components: {rpms: {a: {buildorder: 9223372036854775808}}}\n",
            "line 7, column 39: buildorder of the component `a` has to be a whole number of up to 64 bits",
        ),
        (
            "  servicelevels: {a: {eol: 2021-02-29}}\n",
            "line 7, column 28: eol has to be a day that exists, written YYYY-MM-DD",
        ),
        (
            "  servicelevels: {a: {eol: soon}}\n",
            "line 7, column 28: eol has to be a day that exists, written YYYY-MM-DD",
        ),
        (
            "  artifacts: {rpms: [a-1-1.x]}\n",
            "line 7, column 22: the artifact `a-1-1.x` is not of the form name-epoch:version-release.arch",
        ),
        (
            "  api: {rpms: &a [x]}\n  filter: {rpms: *a}\n",
            "line 8, column 18: aliases (`*name`) are not allowed in module documents; write the value out",
        ),
    ] {
        assert_eq!(refusal(&v2(rest)), expected);
    }
}

#[test]
fn components_that_wait_for_each_other_are_refused() {
    let text = v2(
        "  components:\n    rpms:\n      a: {buildafter: [b]}\n      b: {buildafter: [c]}\n      c: {buildafter: [b]}\n",
    );
    let expected =
        "line 10, column 11: these components wait for each other, so none can be built: `b` after `c` after `b`";
    assert_eq!(refusal(&text), expected);
    assert!(refusal(&text.replace("[b]", "[a]")).contains("wait for each other"));
    assert!(read(&text.replace("c: {buildafter: [b]}", "c: {}"), &Limits::default()).is_ok());
}

#[test]
fn a_text_stands_for_a_list_of_it() {
    let stream = stream(&v2("  api: {rpms: a}\n  filter:\n  dependencies: [{requires: {p: f28, q: }}]\n"));
    assert!(stream.api_rpms.contains("a"));
    assert!(stream.filter_rpms.is_empty());
    assert_eq!(stream.dependencies[0].requires["p"].len(), 1);
    assert!(stream.dependencies[0].requires["q"].is_empty());
}

#[test]
fn an_rpm_map_is_kept_and_checked() {
    let text = v2(
        "  artifacts: {rpm-map: {sha256: {ff: {name: a, epoch: 0, version: 1.10, release: 2, arch: x, nevra: 'a-0:1.10-2.x'}}}}\n",
    );
    let map = stream(&text).rpm_artifact_map.expect("kept");
    let entry = map.get("sha256").and_then(|digest| digest.get("ff")).expect("kept");
    assert_eq!(entry.get("version").and_then(Node::as_str), Some("1.10"));
    assert!(
        refusal(&text.replace("'a-0:1.10-2.x'", "b"))
            .ends_with("nevra is `b`, but the other fields make `a-0:1.10-2.x`")
    );
    assert!(refusal(&text.replace("epoch: 0, ", "")).ends_with("this entry of rpm-map has no `epoch`"));
}

const PACKAGER: &str = "document: modulemd-packager
version: 3
data:
  summary: s
  description: d
  xmd: {a: TRUE}
  configurations:
  - context: A1
    platform: f38
    buildrequires: {perl: ['5.36'], platform: el9}
    requires: {perl: '5.36'}
    buildopts: {arches: [x86_64]}
  - context: B
    platform: f39
  profiles: {d: {rpms: [x], default: true}}
  components: {rpms: {x: {rationale: r, arches: [x86_64]}}}
";

#[test]
fn a_packager_document_becomes_a_stream_for_every_configuration() {
    let document = read(PACKAGER, &Limits::default()).expect("reads");
    let streams = document.into_streams();
    assert_eq!(streams.len(), 2);
    let first = &streams[0];
    assert_eq!((first.context.as_deref(), first.static_context), (Some("A1"), true));
    assert!(first.module_licenses.contains("MIT"));
    assert!(!first.profiles["d"].default);
    assert_eq!(first.dependencies[0].buildrequires["platform"], ["el9".to_owned(), "f38".to_owned()].into());
    assert_eq!(first.dependencies[0].requires["perl"], ["5.36".to_owned()].into());
    assert_eq!(streams[1].dependencies[0].requires.len(), 1);
    assert!(streams[1].buildopts.arches.is_empty());
    assert_eq!(first.xmd.get("a"), Some(&Node::Bool(true)));
}

#[test]
fn packager_documents_are_strict() {
    for (from, to, expected) in [
        ("  summary", "  sumary", "line 4, column 3: data has no key `sumary`; did you mean `summary`?"),
        ("context: B", "context: A1", "line 13, column 5: the context `A1` stands here a second time"),
        (
            "context: B",
            "context: a_b",
            "line 13, column 14: the context `a_b` has to be 1 to 10 letters and digits without accents",
        ),
        ("    platform: f39\n", "", "line 13, column 5: this configuration has no `platform`"),
        (
            "['5.36']",
            "[a, b]",
            "line 10, column 21: `perl` in buildrequires of a configuration has to have exactly one stream",
        ),
        (
            "x86_64]}}}",
            "i686]}}}",
            "line 16, column 41: the component `x` is for the architecture `i686`, which is not in buildopts.arches",
        ),
    ] {
        assert_eq!(refusal(&PACKAGER.replacen(from, to, 1)), expected);
    }
    let start = PACKAGER.find("  configurations").expect("there");
    assert_eq!(
        refusal(&PACKAGER[..start]),
        "line 4, column 3: the document has no configurations, so there is nothing to build"
    );
    assert!(read_stream(PACKAGER, &Limits::default()).is_err());
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_line() {
    let error = read_bytes(b"document: modulemd\nversion: \xff\n", &Limits::default()).expect_err("no text");
    assert_eq!(error.to_string(), "line 2: the document is not UTF-8 text (byte 28); save it as UTF-8");
    assert_eq!(error.line(), 2);
    assert!(
        read_bytes("a".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice(), &Limits::default())
            .is_err()
    );
}

#[test]
fn clients_are_told_of_bad_yaml_as_before() {
    let error = read("document: modulemd\nversion: 2\ndata:\n  summary: 5\n  nope: [1\n", &Limits::default())
        .expect_err("syntax");
    assert!(error.to_string().starts_with("line 6, column 1: not valid YAML"), "{error}");
    assert!(error.legacy_text().ends_with("Parser error (2)"));
    let error = read("a: b", &Limits::default()).expect_err("no document");
    assert_eq!(error.legacy_text(), error.to_string());
}
