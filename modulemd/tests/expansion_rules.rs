//! The rules of the stream expansion, one by one; the worlds are those in which the Python service tests them.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod known;

use std::collections::BTreeSet;

use known::{Known, against, app};
use modulemd::expansion::{BuildState, ExpandError, ExpandSettings};

/// gtk and foo, each in two streams for each of two platforms, and app for one of them.
fn desktop() -> Known {
    let mut known = Known::platforms(&["f28", "f29"]);
    for (name, stream) in [("gtk", "1"), ("gtk", "2"), ("foo", "1"), ("foo", "2")] {
        for (platform, context) in
            [("f28", if stream == "1" { "c2" } else { "c4" }), ("f29", if stream == "1" { "c3" } else { "c5" })]
        {
            let requires = format!("{{platform: [{platform}]}}");
            known.add(&format!("{name}:{stream}:0:{context}"), &[&requires], &[&format!("platform:{platform}")]);
        }
    }
    known.add("app:1:0:c6", &["{platform: [f29]}"], &["platform:f29"]);
    known
}

/// The same for a third platform without a number.
fn with_eln() -> Known {
    let mut known = desktop();
    known.platform("eln", &[]);
    for nsvc in ["gtk:1:0:c7", "gtk:2:0:c8", "foo:1:0:c7", "foo:2:0:c8"] {
        known.add(nsvc, &["{platform: [eln]}"], &["platform:eln"]);
    }
    known
}

/// What each build is built against.
fn built(known: &Known, dependencies: &str, settings: &ExpandSettings) -> Vec<String> {
    let builds = known.expand(&app(dependencies), settings).0.unwrap_or_else(|error| panic!("{dependencies}: {error}"));
    let contexts: BTreeSet<_> = builds.iter().map(|build| build.context.clone()).collect();
    assert_eq!(contexts.len(), builds.len(), "every build has a context of its own");
    builds.iter().map(against).collect()
}

fn refused(known: &Known, dependencies: &str, settings: &ExpandSettings) -> String {
    known.expand(&app(dependencies), settings).0.expect_err(dependencies).to_string()
}

fn usual() -> ExpandSettings {
    ExpandSettings::default()
}

#[test]
fn several_streams_are_a_build_each() {
    let dependencies = "[{requires: {gtk: ['1', '2']}, buildrequires: {platform: [f28], gtk: ['1', '2']}}]";
    let expected = ["gtk:1:0:c2 platform:f28:3:00000000", "gtk:2:0:c4 platform:f28:3:00000000"];
    assert_eq!(built(&desktop(), dependencies, &usual()), expected);
}

#[test]
fn contexts_are_those_of_the_python_service() {
    let document = app("[{requires: {gtk: ['1', '2']}, buildrequires: {platform: [f28], gtk: ['1', '2']}}]");
    let builds = desktop().expand(&document, &usual()).0.expect("works");
    let contexts: BTreeSet<_> = builds.iter().filter_map(|build| build.context.as_deref()).collect();
    assert_eq!(contexts, ["ce132a1e", "e1e005fb"].into());
}

#[test]
fn an_empty_list_is_every_stream() {
    let known = with_eln();
    let expected = [
        "gtk:1:0:c7 platform:eln:3:00000000",
        "gtk:1:0:c2 platform:f28:3:00000000",
        "gtk:1:0:c3 platform:f29:3:00000000",
    ];
    assert_eq!(built(&known, "[{buildrequires: {platform: [], gtk: ['1']}}]", &usual()), expected);
    assert_eq!(built(&known, "[{buildrequires: {platform: [], gtk: []}}]", &usual()).len(), 6);
}

#[test]
fn an_excluded_stream_leaves_the_others() {
    let dependencies = "[{buildrequires: {platform: [f28], gtk: [-2], foo: [-2]}}]";
    assert_eq!(built(&desktop(), dependencies, &usual()), ["foo:1:0:c2 gtk:1:0:c2 platform:f28:3:00000000"]);
}

#[test]
fn beside_a_named_stream_an_excluded_one_has_no_meaning() {
    let dependencies = "[{buildrequires: {platform: [f28], gtk: ['1', -1, -2]}}]";
    assert_eq!(built(&desktop(), dependencies, &usual()), ["gtk:1:0:c2 platform:f28:3:00000000"]);
}

#[test]
fn operators_exclude_base_module_streams_unless_they_are_named() {
    let settings = ExpandSettings { base_module_stream_exclusions: vec!["eln".to_owned()], ..usual() };
    let known = with_eln();
    let all = "[{buildrequires: {platform: [], gtk: ['1']}}]";
    assert_eq!(
        built(&known, all, &settings),
        ["gtk:1:0:c2 platform:f28:3:00000000", "gtk:1:0:c3 platform:f29:3:00000000"]
    );
    let named = "[{buildrequires: {platform: [eln], gtk: [-2]}}]";
    assert_eq!(built(&known, named, &settings), ["gtk:1:0:c7 platform:eln:3:00000000"]);
}

#[test]
fn every_block_is_expanded_by_itself() {
    let dependencies = "[{buildrequires: {platform: [f28], gtk: ['1']}}, {buildrequires: {platform: [f29], foo: []}}]";
    let expected = [
        "gtk:1:0:c2 platform:f28:3:00000000",
        "foo:1:0:c3 platform:f29:3:00000000",
        "foo:2:0:c5 platform:f29:3:00000000",
    ];
    assert_eq!(built(&desktop(), dependencies, &usual()), expected);
}

#[test]
fn a_run_time_requirement_with_the_same_streams_follows_the_build() {
    let requires = |dependencies: &str| {
        let builds = desktop().expand(&app(dependencies), &usual()).0.expect("works");
        let gtk = builds.iter().map(|build| build.dependencies[0].requires["gtk"].iter().cloned().collect::<Vec<_>>());
        gtk.collect::<Vec<_>>()
    };
    let same = "[{requires: {gtk: ['1', '2']}, buildrequires: {platform: [f28], gtk: ['1', '2']}}]";
    assert_eq!(requires(same), [["1"], ["2"]]);
    let other = "[{requires: {gtk: ['1', '2']}, buildrequires: {platform: [f28], gtk: ['1']}}]";
    assert_eq!(requires(other), [["1", "2"]]);
    let excluding = "[{requires: {gtk: [-2]}, buildrequires: {platform: [f28], gtk: [-2]}}]";
    assert_eq!(requires(excluding), [["1"]]);
    let any = "[{requires: {gtk: []}, buildrequires: {platform: [f28], gtk: ['1']}}]";
    assert_eq!(requires(any), [[""; 0]]);
    let not_built_against = "[{requires: {gtk: ['1']}, buildrequires: {platform: [f28], foo: ['1']}}]";
    assert_eq!(requires(not_built_against), [["1"]]);
}

#[test]
fn a_module_may_be_built_against_another_stream_of_itself() {
    assert_eq!(
        built(&desktop(), "[{buildrequires: {platform: [f29], app: ['1']}}]", &usual()),
        ["app:1:0:c6 platform:f29:3:00000000"]
    );
}

#[test]
fn what_is_required_at_run_time_is_built_against_too() {
    let mut known = Known::platforms(&["f29"]);
    for (name, old, new) in [
        ("base", "{}", "{platform: [f29]}"),
        ("bar", "{base: [unknown]}", "{base: [f29]}"),
        ("lorem", "{base: [unknown]}", "{base: [f29]}"),
        ("foo", "{bar: [unknown]}", "{bar: ['1'], lorem: ['1']}"),
        ("gtk", "{foo: [unknown]}", "{foo: ['1']}"),
    ] {
        let stream = if name == "base" { "f29" } else { "1" };
        known.add(&format!("{name}:{stream}:0:c2"), &[old], &["platform:f29"]);
        known.add(&format!("{name}:{stream}:1:c2"), &[new], &["platform:f29"]);
    }
    let expected = "bar:1:1:c2 base:f29:1:c2 foo:1:1:c2 gtk:1:1:c2 lorem:1:1:c2 platform:f29:3:00000000";
    assert_eq!(built(&known, "[{buildrequires: {platform: [], gtk: ['1']}}]", &usual()), [expected]);
}

#[test]
fn a_module_may_require_one_of_several_sets() {
    let mut known = desktop();
    known.add(
        "mess:1:0:c0",
        &["{gtk: ['1'], platform: [f28]}", "{gtk: ['2'], platform: [f29]}"],
        &["platform:f28", "platform:f29"],
    );
    let expected = ["gtk:1:0:c2 mess:1:0:c0 platform:f28:3:00000000", "gtk:2:0:c5 mess:1:0:c0 platform:f29:3:00000000"];
    assert_eq!(built(&known, "[{buildrequires: {mess: [], platform: []}}]", &usual()), expected);
}

#[test]
fn a_platform_that_nothing_was_built_for_yet_is_passed_over() {
    let mut known = desktop();
    known.platform("f30", &[]);
    let expected = ["gtk:1:0:c2 platform:f28:3:00000000", "gtk:1:0:c3 platform:f29:3:00000000"];
    assert_eq!(built(&known, "[{buildrequires: {platform: [], gtk: ['1']}}]", &usual()), expected);
}

#[test]
fn of_a_stream_the_newest_version_counts_in_all_contexts() {
    let mut known = desktop();
    known.add("gtk:1:9:new", &["{platform: [f28]}"], &["platform:f28"]);
    known.add("gtk:1:10:newer", &["{platform: [f28]}"], &["platform:f28"]);
    known.add("gtk:1:11:failed", &["{platform: [f28]}"], &["platform:f28"]).in_state(BuildState::Failed);
    let expected = ["gtk:1:10:newer platform:f28:3:00000000"];
    assert_eq!(built(&known, "[{buildrequires: {platform: [f28], gtk: ['1']}}]", &usual()), expected);
}

/// gtk for the first and the last minor release of el8, mess for the one between.
fn minor_releases() -> Known {
    let mut known = Known::default();
    known.platform("el8.0.0", &["el8"]).platform("el8.1.0", &["el8"]).platform("el8.2.0.z", &["el8"]);
    known.platform("el7.6.0", &["el7"]);
    known.add("gtk:3:0:c8", &["{platform: [el8]}"], &["platform:el8.0.0"]);
    known.add("gtk:3:1:c8", &["{platform: [el8]}"], &["platform:el8.2.0.z"]);
    known.add("mess:1:0:c0", &["{gtk: ['3'], platform: [el8]}"], &["platform:el8.1.0"]);
    known
}

#[test]
fn what_was_built_for_an_older_minor_release_is_good_for_a_newer_one() {
    let known = minor_releases();
    for (dependencies, expected) in [
        ("platform: [el8.1.0]", "platform:el8.1.0:3:00000000"),
        ("platform: [el8.1.0], gtk: ['3']", "gtk:3:0:c8 platform:el8.1.0:3:00000000"),
        ("platform: [el8.2.0.z], gtk: ['3']", "gtk:3:1:c8 platform:el8.2.0.z:3:00000000"),
        ("platform: [el8.2.0.z], mess: ['1']", "gtk:3:1:c8 mess:1:0:c0 platform:el8.2.0.z:3:00000000"),
        ("platform: [el8.1.0], mess: ['1']", "gtk:3:0:c8 mess:1:0:c0 platform:el8.1.0:3:00000000"),
    ] {
        assert_eq!(built(&known, &format!("[{{buildrequires: {{{dependencies}}}}}]"), &usual()), [expected]);
    }
}

#[test]
fn what_was_built_for_a_newer_minor_release_is_not_used() {
    let known = minor_releases();
    let dependencies = "[{buildrequires: {platform: [el8.0.0], mess: ['1']}}]";
    let text = refused(&known, dependencies, &usual());
    assert_eq!(
        text,
        "Cannot find any module builds for mess:1, because its builds were built against platform:el8.1.0"
    );
    // With a shared virtual stream as the only condition it is a candidate, and refused as it needs the newer platform.
    let settings = ExpandSettings { only_compatible_base_modules: false, ..usual() };
    let text = refused(&known, dependencies, &settings);
    assert!(text.contains("mess:1 and platform:el8.0.0 exclude each other"), "{text}");
    assert!(text.contains("mess:1:0:c0 requires platform:el8 (not older than el8.1.0)"), "{text}");
}

#[test]
fn without_the_limit_newer_and_retired_base_modules_are_looked_at_too() {
    let mut known = Known::default();
    known
        .platform("f29", &["fedora"])
        .platform("f30", &["fedora"])
        .platform("f31", &["fedora"])
        .in_state(BuildState::Garbage);
    known.add("new:1:0:a", &["{platform: []}"], &["platform:f30"]);
    known.add("old:1:0:a", &["{platform: []}"], &["platform:f31"]);
    let dependencies = "[{buildrequires: {platform: [f29], new: ['1'], old: ['1']}}]";
    let settings = ExpandSettings { only_compatible_base_modules: false, ..usual() };
    assert_eq!(built(&known, dependencies, &settings), ["new:1:0:a old:1:0:a platform:f29:3:00000000"]);
    let text = refused(&known, dependencies, &usual());
    assert!(text.contains("platform:f29 is not in x.y.z format"), "{text}");
}

#[test]
fn a_base_module_without_virtual_streams_needs_no_minor_release() {
    let known = Known::platforms(&["el8.0.0", "latest"]);
    for stream in ["el8.0.0", "latest"] {
        let dependencies = format!("[{{buildrequires: {{platform: [{stream}]}}}}]");
        assert_eq!(built(&known, &dependencies, &usual()), [format!("platform:{stream}:3:00000000")]);
    }
}

#[test]
fn suffixes_put_streams_in_order() {
    let mut known = Known::default();
    known.platform("el8.1.0", &["el8"]).platform("el8.1.0.z", &["el8"]);
    known.add("gtk:3:0:ga", &["{platform: [el8]}"], &["platform:el8.1.0"]);
    known.add("gtk:3:1:z", &["{platform: [el8]}"], &["platform:el8.1.0.z"]);
    for (build, number) in [(0, 80_100.0), (1, 80_100.1)] {
        known.0[build].0.stream_version = Some(number);
    }
    let suffix = regex::Regex::new(r"^el\d+\.\d+\.\d+\.z$").expect("a pattern");
    let settings = ExpandSettings { stream_suffixes: vec![(suffix, 0.1)], ..usual() };
    let gtk = |platform: &str| {
        built(&known, &format!("[{{buildrequires: {{platform: [{platform}], gtk: ['3']}}}}]"), &settings)
    };
    assert_eq!(gtk("el8.1.0"), ["gtk:3:0:ga platform:el8.1.0:3:00000000"], "the suffix makes the other one newer");
    assert_eq!(gtk("el8.1.0.z"), ["gtk:3:1:z platform:el8.1.0.z:3:00000000"]);
}

#[test]
fn a_build_that_requires_any_platform_is_good_for_an_older_one() {
    let mut known = Known::platforms(&["f28", "f29"]);
    known.add("foo:1:0:c8", &["{platform: []}"], &["platform:f28", "platform:f29"]);
    let expected = ["foo:1:0:c8 platform:f28:3:00000000"];
    assert_eq!(built(&known, "[{buildrequires: {platform: [f28], foo: ['1']}}]", &usual()), expected);
}

#[test]
fn where_no_choice_is_allowed_it_is_refused_unless_a_default_decides() {
    for (dependencies, ambiguous) in [
        ("[{requires: {gtk: ['1', '2']}, buildrequires: {platform: [f28], gtk: ['1', '2']}}]", true),
        ("[{buildrequires: {platform: [f28], gtk: [-2]}}]", true),
        ("[{requires: {gtk: []}, buildrequires: {platform: [f28], gtk: ['1']}}]", true),
        ("[{requires: {gtk: ['1']}, buildrequires: {platform: [f28], gtk: ['1']}}]", false),
    ] {
        let strict = ExpandSettings { refuse_choices: true, ..usual() };
        let answer = desktop().expand(&app(dependencies), &strict).0;
        assert_eq!(matches!(answer, Err(ExpandError::Choice { .. })), ambiguous, "{dependencies}");
        let decided = ExpandSettings { default_streams: [("gtk".to_owned(), "1".to_owned())].into(), ..strict };
        assert_eq!(built(&desktop(), dependencies, &decided), ["gtk:1:0:c2 platform:f28:3:00000000"], "{dependencies}");
    }
}

#[test]
fn where_no_choice_is_allowed_buildrequired_modules_may_leave_none_either() {
    let mut known = desktop();
    known.add("lib:1:0:a", &["{gtk: ['1', '2'], platform: [f28, f29]}"], &["platform:f28"]);
    let dependencies = "[{buildrequires: {platform: [f28], lib: ['1']}}]";
    let strict = ExpandSettings { refuse_choices: true, ..usual() };
    let text = refused(&known, dependencies, &strict);
    assert_eq!(text, "There are multiple streams to choose from for module gtk (1, 2); name one");
    let decided = ExpandSettings { default_streams: [("gtk".to_owned(), "1".to_owned())].into(), ..strict };
    assert_eq!(built(&known, dependencies, &decided), ["gtk:1:0:c2 lib:1:0:a platform:f28:3:00000000"]);
}

#[test]
fn a_default_does_not_override_the_document() {
    let settings = ExpandSettings { default_streams: [("gtk".to_owned(), "2".to_owned())].into(), ..usual() };
    let one = "[{buildrequires: {platform: [f28], gtk: ['1']}}]";
    assert_eq!(built(&desktop(), one, &settings), ["gtk:1:0:c2 platform:f28:3:00000000"]);
    let text = refused(&desktop(), "[{buildrequires: {platform: [f28], gtk: [-2]}}]", &settings);
    assert_eq!(text, "The default stream 2 of module gtk is excluded by the document");
}

#[test]
fn the_document_says_what_was_chosen() {
    let builds = desktop().expand(&app("[{buildrequires: {platform: [f28], gtk: ['1']}}]"), &usual()).0.expect("works");
    let mbs = builds[0].mbs().expect("filled in");
    assert_eq!(mbs.keys().collect::<Vec<_>>(), ["buildrequires", "mse"]);
    let gtk = mbs["buildrequires"].get("gtk").expect("filled in");
    let text = |key: &str| gtk.get(key).and_then(|node| node.as_str());
    let all = ["ref", "stream", "version", "context", "koji_tag"].map(text);
    assert_eq!(all, [Some("c0"), Some("1"), Some("0"), Some("c2"), Some("module-tag")]);
    assert_eq!(gtk.as_map().map(std::collections::BTreeMap::len), Some(5));
}

#[test]
fn unfinished_contexts_of_what_is_needed_refuse_it() {
    let mut known = desktop();
    known.add("gtk:1:0:c9", &["{platform: [f29]}"], &["platform:f29"]).in_state(BuildState::Build);
    let text = refused(&known, "[{buildrequires: {platform: [f28], gtk: ['1']}}]", &usual());
    assert_eq!(text, "Buildrequire gtk-1-0 is in \"build\" state");
    for state in [BuildState::Failed, BuildState::Garbage, BuildState::Ready] {
        known.in_state(state);
        assert_eq!(built(&known, "[{buildrequires: {platform: [f28], gtk: ['1']}}]", &usual()).len(), 1);
    }
}
