//! The rules of a submission around the expansion: contexts that the packager chose, overrides, virtual streams, versions.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod known;

use known::Known;
use modulemd::read::read;
use modulemd::submission::{Class, Overrides, SubmissionSettings};
use modulemd::{Document, Limits, ModuleStream};
use regex::Regex;

const HEAD: &str = "document: modulemd\nversion: 2\ndata:\n  name: app\n  stream: \"1\"\n  summary: s\n  description: d\n  \
                    license: {module: [MIT]}\n";

fn document(rest: &str) -> Document {
    read(&format!("{HEAD}{rest}"), &Limits::default()).expect("readable")
}

fn desktop() -> Known {
    let mut known = Known::platforms(&["f28", "f29"]);
    known.add("gtk:1:1:a", &["{platform: [f28]}"], &["platform:f28"]);
    known.add("gtk:2:1:b", &["{platform: [f28]}"], &["platform:f28"]);
    known
}

fn built(
    known: &Known,
    document: &Document,
    overrides: &Overrides,
    settings: &SubmissionSettings,
) -> Vec<ModuleStream> {
    known.submit(document, overrides, settings).unwrap_or_else(|error| panic!("{error}"))
}

fn usual(known: &Known, rest: &str) -> Vec<ModuleStream> {
    built(known, &document(rest), &Overrides::default(), &SubmissionSettings::default())
}

fn refused(rest: &str) -> String {
    let refused = desktop().submit(&document(rest), &Overrides::default(), &SubmissionSettings::default());
    let error = refused.expect_err(rest);
    assert_eq!(error.class(), Class::Invalid, "{error}");
    error.to_string()
}

fn contexts(builds: &[ModuleStream]) -> Vec<&str> {
    builds.iter().filter_map(|build| build.context.as_deref()).collect()
}

const CONTEXTS: &str = "contexts: {one: {buildrequires: {platform: f28, gtk: '1'}, requires: {gtk: '1'}}, two: {buildrequires: \
                        {platform: f28, gtk: '2'}, requires: {gtk: '2'}}}";

#[test]
fn contexts_in_xmd_are_a_build_each() {
    let builds = usual(&desktop(), &format!("  xmd: {{mbs_options: {{{CONTEXTS}}}}}\n"));
    assert_eq!(contexts(&builds), ["one", "two"]);
    for (build, stream) in builds.iter().zip(["1", "2"]) {
        assert_eq!(build.version, 287);
        assert!(build.xmd.get("mbs_options").is_none(), "nothing is left of it");
        assert_eq!(build.mbs().expect("filled in")["static_context"], modulemd::yaml::Node::Bool(true));
        assert_eq!(build.dependencies.len(), 1);
        assert!(build.dependencies[0].requires["gtk"].contains(stream));
        assert!(build.dependencies[0].buildrequires["gtk"].contains(stream));
    }
}

#[test]
fn other_options_beside_contexts_stay() {
    let builds = usual(&desktop(), &format!("  xmd: {{mbs_options: {{{CONTEXTS}, another: test}}}}\n"));
    let options = builds[0].xmd.get("mbs_options").expect("kept");
    assert_eq!(options.get("another").and_then(|node| node.as_str()), Some("test"));
    assert!(options.get("contexts").is_none());
}

#[test]
fn contexts_in_xmd_name_one_stream_of_each_module() {
    for (contexts, says) in [
        ("[]", "does not contain the 'contexts' key"),
        ("[a]", "needs to be a dict"),
        ("{a: {requires: {gtk: '1'}}}", "missing the 'buildrequires' key"),
        ("{a: {buildrequires: {platform: f28}}}", "missing the 'requires' key"),
        ("{a: {buildrequires: {platform: f28}, requires: {gtk: ''}}}", "has no stream defined"),
        ("{a: {buildrequires: {platform: f28}, requires: {gtk: {dict: '1'}}}}", "should be 'str' type"),
        ("{a: {buildrequires: {platform: f28}, requires: {gtk: '-1'}}}", "is using stream expansion"),
        ("{a: {buildrequires: [platform], requires: {}}}", "have to map module names to streams"),
    ] {
        let text = refused(&format!("  xmd: {{mbs_options: {{contexts: {contexts}}}}}\n"));
        assert!(text.contains(says), "{contexts}: {text}");
    }
}

#[test]
fn a_static_context_of_the_document_stays() {
    let rest =
        "  context: mine\n  static_context: true\n  dependencies: [{buildrequires: {platform: [f28], gtk: ['1']}}]\n";
    let builds = usual(&desktop(), rest);
    assert_eq!(contexts(&builds), ["mine"]);
    assert!(builds[0].static_context);
}

#[test]
fn a_rebuild_keeps_its_static_context() {
    let rest =
        "  context: mine\n  xmd: {mbs: {static_context: TRUE}}\n  dependencies: [{buildrequires: {platform: [f28]}}]\n";
    assert!(refused(rest).contains("\"mbs\" xmd field is reserved"));
    let settings =
        SubmissionSettings { privileged_module_names: vec!["app".to_owned()], ..SubmissionSettings::default() };
    let builds = built(&desktop(), &document(rest), &Overrides::default(), &settings);
    assert_eq!(contexts(&builds), ["mine"]);
}

#[test]
fn a_context_that_is_not_static_is_replaced() {
    let builds = usual(&desktop(), "  context: mine\n  dependencies: [{buildrequires: {platform: [f28]}}]\n");
    assert_ne!(contexts(&builds), ["mine"]);
    assert_eq!(contexts(&builds)[0].len(), 8);
}

#[test]
fn a_packager_document_is_a_build_for_every_configuration() {
    let yaml = "document: modulemd-packager\nversion: 3\ndata:\n  name: app\n  stream: \"1\"\n  summary: s\n  description: d\n  \
                license: [MIT]\n  configurations:\n  - context: C1\n    platform: f28\n    buildrequires: {gtk: ['1']}\n    requires: \
                {gtk: ['1']}\n  - context: C2\n    platform: f29\n";
    let document = read(yaml, &Limits::default()).expect("readable");
    let builds = built(&desktop(), &document, &Overrides::default(), &SubmissionSettings::default());
    assert_eq!(contexts(&builds), ["C1", "C2"]);
    assert!(builds.iter().all(|build| build.static_context));
    assert_eq!(builds.iter().map(|build| build.version).collect::<Vec<_>>(), [287, 297]);
}

#[test]
fn xmd_mbs_is_reserved_but_for_some_keys_of_privileged_modules() {
    let rest =
        |key: &str| format!("  xmd: {{mbs: {{{key}: x}}}}\n  dependencies: [{{buildrequires: {{platform: [f28]}}}}]\n");
    let settings =
        SubmissionSettings { privileged_module_names: vec!["app".to_owned()], ..SubmissionSettings::default() };
    assert!(refused(&rest("disttag_marking")).contains("reserved"));
    let builds = built(&desktop(), &document(&rest("disttag_marking")), &Overrides::default(), &settings);
    assert_eq!(builds[0].mbs().expect("kept")["disttag_marking"].as_str(), Some("x"));
    let refused = desktop().submit(&document(&rest("commit")), &Overrides::default(), &settings);
    assert!(refused.expect_err("not that one").to_string().contains("reserved"));
}

#[test]
fn requests_override_streams() {
    let rest =
        "  dependencies: [{buildrequires: {platform: [f28], gtk: ['1']}, requires: {gtk: ['1'], platform: [f28]}}]\n";
    let streams = |name: &str, streams: &[&str]| {
        [(name.to_owned(), streams.iter().map(|stream| (*stream).to_owned()).collect())].into()
    };
    let settings = SubmissionSettings::default();
    let overrides = Overrides { buildrequires: streams("gtk", &["2"]), ..Overrides::default() };
    let builds = built(&desktop(), &document(rest), &overrides, &settings);
    assert!(builds[0].dependencies[0].buildrequires["gtk"].contains("2"));
    assert!(builds[0].dependencies[0].requires["gtk"].contains("1"), "requires stay");
    let overrides = Overrides { requires: streams("gtk", &["2"]), ..overrides };
    let builds = built(&desktop(), &document(rest), &overrides, &settings);
    assert!(builds[0].dependencies[0].requires["gtk"].contains("2"));
    let overrides = Overrides { buildrequires: streams("gtk", &[]), ..Overrides::default() };
    assert_eq!(built(&desktop(), &document(rest), &overrides, &settings).len(), 2, "an empty list is every stream");
    let overrides = Overrides { requires: streams("zzz", &["1"]), ..Overrides::default() };
    let text = desktop().submit(&document(rest), &overrides, &settings).expect_err("unused").to_string();
    assert_eq!(text, "The require overrides for the following modules aren't applicable: zzz");
}

#[test]
fn the_branch_decides_the_stream_of_a_buildrequire() {
    let mut known = desktop();
    known.platform("el8.0.0", &["el8"]).platform("product1.2", &[]);
    let patterns = [r"(?:rh)(el)(?:\-)(\d+\.\d+\.\d+)$", r"(?:\-LP\-)(.+)$"];
    let settings = SubmissionSettings {
        br_stream_override_module: "platform".to_owned(),
        br_stream_override_regexes: patterns.map(|pattern| Regex::new(pattern).expect("a pattern")).into(),
        ..SubmissionSettings::default()
    };
    let rest = "  dependencies: [{buildrequires: {platform: [f28]}, requires: {platform: [f28]}}]\n";
    let platform = |branch: &str, buildrequires| {
        let overrides = Overrides { branch: Some(branch.to_owned()), buildrequires, ..Overrides::default() };
        let builds = built(&known, &document(rest), &overrides, &settings);
        assert!(builds[0].dependencies[0].requires["platform"].contains("f28"), "requires stay");
        known::streams(&builds, "platform")
    };
    assert_eq!(platform("10", [].into()), ["f28"]);
    assert_eq!(platform("10-rhel-8.0.0", [].into()), ["el8.0.0"]);
    assert_eq!(platform("10-LP-product1.2", [].into()), ["product1.2"]);
    let asked = [("platform".to_owned(), vec!["f29".to_owned()])].into();
    assert_eq!(platform("10-LP-product1.2", asked), ["f29"], "what the request says comes first");
    let elsewhere = "  dependencies: [{buildrequires: {platform: [f28]}}]\n";
    let settings = SubmissionSettings { br_stream_override_module: "gtk".to_owned(), ..settings.clone() };
    let overrides = Overrides { branch: Some("10-LP-1".to_owned()), ..Overrides::default() };
    assert_eq!(built(&known, &document(elsewhere), &overrides, &settings).len(), 1, "it need not apply");
}

#[test]
fn a_virtual_stream_is_its_newest_base_module() {
    let mut known = Known::default();
    known.platform("el8.25.0", &["el8"]).platform("el8.3.0", &["el8"]);
    let builds = usual(&known, "  dependencies: [{buildrequires: {platform: [el8]}, requires: {platform: [el8]}}]\n");
    assert_eq!(known::streams(&builds, "platform"), ["el8.25.0"]);
    assert!(builds[0].dependencies[0].requires["platform"].contains("el8"), "requires stay");
    let excluding = usual(&known, "  dependencies: [{buildrequires: {platform: [-el8.25.0]}}]\n");
    assert_eq!(known::streams(&excluding, "platform"), ["el8.3.0"]);
}

#[test]
fn parameters_are_noted_for_later_steps() {
    let overrides = Overrides {
        branch: Some("f37".to_owned()),
        side_tag: Some("SIDETAG".to_owned()),
        rpm_component_refs: [("pkg".to_owned(), "f4836ea0".to_owned())].into(),
        ..Overrides::default()
    };
    let rest = "  dependencies: [{buildrequires: {platform: [f28]}}]\n";
    let builds = built(&desktop(), &document(rest), &overrides, &SubmissionSettings::default());
    let mbs = builds[0].mbs().expect("filled in");
    assert_eq!((mbs["branch"].as_str(), mbs["side_tag"].as_str()), (Some("f37"), Some("SIDETAG")));
    assert_eq!(mbs["rpm_component_ref_overrides"].get("pkg").and_then(|node| node.as_str()), Some("f4836ea0"));
    let without = usual(&desktop(), rest);
    assert_eq!(without[0].mbs().expect("filled in").keys().collect::<Vec<_>>(), ["buildrequires", "mse"]);
}

#[test]
fn the_stream_of_the_base_module_stands_before_the_version() {
    let mut known = desktop();
    known.platform("fl7.0.1-beta", &[]).platform("latest", &[]);
    let version = |platform: &str| {
        usual(&known, &format!("  dependencies: [{{buildrequires: {{platform: [{platform}]}}}}]\n"))[0].version
    };
    assert_eq!(version("f28"), 287);
    assert_eq!(version("fl7.0.1-beta"), 700_017);
    assert_eq!(version("latest"), 7, "a stream without a number has no prefix");
}
