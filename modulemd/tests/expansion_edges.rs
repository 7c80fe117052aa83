//! Submissions that no record covers: choices, limits, and knowledge that is incomplete.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod known;

use std::fmt::Write as _;

use known::{Known, app, streams};
use modulemd::expansion::{ExpandError, ExpandSettings, Index, expand};
use modulemd::submission::{self, Class, Overrides, SubmissionError, SubmissionSettings};
use modulemd::{Document, ModuleStream};

#[test]
fn two_platforms_give_two_builds() {
    let known = Known::platforms(&["f28", "f29", "f30"]);
    let expanded = |dependencies: &str| {
        let (builds, _) = known.expand(&app(dependencies), &ExpandSettings::default());
        streams(&builds.expect("works"), "platform")
    };
    assert_eq!(expanded("[{buildrequires: {platform: [f28, f29]}}]"), ["f28", "f29"]);
    assert_eq!(expanded("[{buildrequires: {platform: [-f29]}}]"), ["f28", "f30"]);
    assert_eq!(expanded("[{buildrequires: {platform: []}}]"), ["f28", "f29", "f30"]);
}

#[test]
fn what_is_missing_is_asked_for_a_level_at_a_time() {
    let mut known = Known::platforms(&["f28"]);
    known.add("gtk:1:1:a", &["{foo: ['1'], bar: ['1']}"], &["platform:f28"]);
    known.add("foo:1:1:a", &[], &["platform:f28"]);
    known.add("bar:1:1:a", &[], &["platform:f28"]);
    let (builds, rounds) =
        known.expand(&app("[{buildrequires: {platform: [f28], gtk: ['1']}}]"), &ExpandSettings::default());
    let build = builds.expect("works").remove(0);
    let needed = build.mbs().and_then(|mbs| mbs.get("buildrequires")?.as_map()).expect("filled in");
    assert_eq!(needed.keys().collect::<Vec<_>>(), ["bar", "foo", "gtk", "platform"]);
    assert_eq!(rounds, 4, "rows and documents of what is named, then of what that requires");
}

#[test]
fn a_build_that_cannot_be_read_is_left_out() {
    let mut known = Known::platforms(&["f28"]);
    known.add("gtk:1:1:old", &[], &["platform:f28"]);
    known.add("gtk:1:2:new", &[], &["platform:f28"]);
    known.0[2].1 = None;
    let (builds, _) =
        known.expand(&app("[{buildrequires: {platform: [f28], gtk: ['1']}}]"), &ExpandSettings::default());
    let build = builds.expect("the older one does").remove(0);
    let gtk = build.mbs().and_then(|mbs| mbs.get("buildrequires")?.get("gtk")).expect("filled in");
    assert_eq!(gtk.get("context").and_then(|context| context.as_str()), Some("old"));
}

#[test]
fn modules_that_require_each_other_are_built_against_together() {
    let mut known = Known::platforms(&["f28"]);
    known.add("gtk:1:1:a", &["{foo: ['1']}"], &["platform:f28"]);
    known.add("foo:1:1:a", &["{gtk: ['1']}"], &["platform:f28"]);
    let (builds, _) =
        known.expand(&app("[{buildrequires: {platform: [f28], gtk: ['1']}}]"), &ExpandSettings::default());
    assert_eq!(builds.expect("works").len(), 1);
}

/// Modules `m0`, `m1`… with three streams each.
fn many(modules: usize, requires: &str) -> (Known, ModuleStream) {
    let mut known = Known::platforms(&["f28"]);
    for module in 0..modules {
        for stream in ["a", "b", "c"] {
            known.add(&format!("m{module}:{stream}:1:{stream}"), &[requires], &["platform:f28"]);
        }
    }
    let names: Vec<_> = (0..modules).map(|module| format!("m{module}: []")).collect();
    let document = app(&format!("[{{buildrequires: {{platform: [f28], {}}}}}]", names.join(", ")));
    (known, document)
}

#[test]
fn too_many_combinations_are_refused() {
    let (known, document) = many(30, "{}");
    let (refused, _) = known.expand(&document, &ExpandSettings { max_combinations: 100, ..ExpandSettings::default() });
    let text = refused.expect_err("too many").to_string();
    assert!(text.contains("more than 100 combinations"), "{text}");
    assert!(text.contains("3 of m0, 3 of m1, "), "{text}");
    assert!(text.contains("up to 205891132094649 together"), "{text}");
}

/// As many pigeons as holes and one more: every two of them exclude each other in the same hole.
fn pigeons(holes: usize) -> (Known, ModuleStream) {
    let mut known = Known::platforms(&["f28"]);
    for pigeon in 0..=holes {
        for hole in 0..holes {
            let elsewhere: Vec<_> =
                (0..holes).filter(|other| *other != hole).map(|other| format!("'{other}'")).collect();
            let others = (0..=holes).filter(|other| *other != pigeon);
            let others: Vec<_> = others.map(|other| format!("p{other}: [{}]", elsewhere.join(", "))).collect();
            let requires = format!("{{{}}}", others.join(", "));
            known.add(&format!("p{pigeon}:{hole}:1:a"), &[&requires], &["platform:f28"]);
        }
    }
    let names: Vec<_> = (0..=holes).map(|pigeon| format!("p{pigeon}: []")).collect();
    (known, app(&format!("[{{buildrequires: {{platform: [f28], {}}}}}]", names.join(", "))))
}

#[test]
fn a_search_without_end_is_given_up() {
    let (known, document) = pigeons(11);
    let settings = ExpandSettings { max_steps: 20_000, ..ExpandSettings::default() };
    assert_eq!(known.expand(&document, &settings).0, Err(ExpandError::TooComplex));
    let (known, document) = pigeons(3);
    let refused = known.expand(&document, &settings).0.expect_err("four do not fit into three");
    assert!(refused.to_string().contains("no builds of p0:0 or 1 or 2, p1:0 or 1 or 2"), "{refused}");
}

#[test]
fn a_long_chain_of_modules_is_followed() {
    let mut known = Known::platforms(&["f28"]);
    let length = 1_000;
    for module in 0..length {
        let requires = format!("{{m{:05}: ['1']}}", module + 1);
        known.add(&format!("m{module:05}:1:1:a"), &[&requires], &["platform:f28"]);
    }
    known.add(&format!("m{length:05}:1:1:a"), &[], &["platform:f28"]);
    let document = app("[{buildrequires: {platform: [f28], m00000: ['1']}}]");
    let builds = expand(&document, false, &known.index(), &ExpandSettings::default());
    assert_eq!(builds.expect("works").len(), 1);
}

#[test]
fn few_combinations_among_very_many_choices_are_found() {
    let mut known = Known::platforms(&["f28"]);
    for stream in 0..6 {
        for module in 0..8 {
            let requires = format!("{{core: ['{stream}']}}");
            known.add(&format!("m{module}:{stream}:1:a"), &[&requires], &["platform:f28"]);
        }
        known.add(&format!("core:{stream}:1:a"), &["{platform: [f28]}"], &["platform:f28"]);
    }
    let names: Vec<_> = (0..8).map(|module| format!("m{module}: []")).collect();
    let document = app(&format!("[{{buildrequires: {{platform: [f28], {}}}}}]", names.join(", ")));
    let settings = ExpandSettings { max_steps: 20_000, ..ExpandSettings::default() };
    let builds = known.expand(&document, &settings).0.expect("six of 1,679,616 work");
    assert_eq!(streams(&builds, "m7"), ["0", "1", "2", "3", "4", "5"]);
}

#[test]
fn many_contexts_of_one_stream_are_no_combinations() {
    let mut known = Known::platforms(&["f28"]);
    for module in 0..10 {
        for context in 0..8 {
            known.add(&format!("m{module}:1:1:c{context}"), &[], &["platform:f28"]);
        }
    }
    let names: Vec<_> = (0..10).map(|module| format!("m{module}: []")).collect();
    let document = app(&format!("[{{buildrequires: {{platform: [f28], {}}}}}]", names.join(", ")));
    let settings = ExpandSettings { max_combinations: 1, max_steps: 20_000, ..ExpandSettings::default() };
    assert_eq!(known.expand(&document, &settings).0.expect("one").len(), 1);
}

#[test]
fn modules_that_require_themselves() {
    for (requires, works) in
        [("{gtk: ['1']}", true), ("{gtk: []}", true), ("{gtk: ['2']}", false), ("{foo: ['1']}", false)]
    {
        let mut known = Known::platforms(&["f28"]);
        known.add("gtk:1:1:a", &[requires], &["platform:f28"]);
        known.add("gtk:2:1:b", &[], &["platform:f28"]);
        known.add("foo:1:1:a", &["{gtk: ['2']}"], &["platform:f28"]);
        let document = app("[{buildrequires: {platform: [f28], gtk: ['1']}}]");
        match known.expand(&document, &ExpandSettings::default()).0 {
            Ok(builds) => assert!(works && builds.len() == 1, "{requires}"),
            Err(error) => {
                let text = error.to_string();
                assert!(!works && text.contains("gtk:1:1:a requires"), "{requires}: {text}");
                assert!(text.contains("gtk:2") && !text.contains("exclude"), "{requires}: {text}");
            }
        }
    }
}

#[test]
fn a_document_that_requires_itself() {
    let known = Known::platforms(&["f28"]);
    let document = app("[{buildrequires: {platform: [f28], app: ['1']}, requires: {app: ['1']}}]");
    let text = known.expand(&document, &ExpandSettings::default()).0.expect_err("there is none yet").to_string();
    assert_eq!(text, "Cannot find any module builds for app:1");
}

#[test]
fn modules_that_require_each_other_in_a_circle() {
    let mut known = Known::platforms(&["f28"]);
    let length = 200;
    for module in 0..length {
        let requires = format!("{{m{}: ['1'], platform: [f28]}}", (module + 1) % length);
        known.add(&format!("m{module}:1:1:a"), &[&requires], &["platform:f28"]);
    }
    let document = app("[{buildrequires: {platform: [f28], m7: ['1']}}]");
    let builds = expand(&document, false, &known.index(), &ExpandSettings::default()).expect("they agree");
    assert_eq!(known::against(&builds[0]).split(' ').count(), length + 1);
}

/// `name: ['0', '1', …]`
fn thousands_of_streams(name: &str) -> String {
    let mut text = format!("{name}: [");
    for stream in 0..10_000 {
        write!(text, "'{stream}', ").expect("memory");
    }
    text + "]"
}

#[test]
fn ten_thousand_streams() {
    let mut known = Known::platforms(&["f28"]);
    for stream in 0..10_000 {
        known.add(&format!("gtk:{stream}:1:a"), &["{platform: [f28]}"], &["platform:f28"]);
    }
    let all = thousands_of_streams("gtk");
    known.add("lib:1:1:a", &[&format!("{{{all}}}")], &["platform:f28"]);
    let mut index = known.index();
    index.add_builds("nosuch", Vec::new());
    let expanded = |dependencies: &str| {
        let document = app(&format!("[{{buildrequires: {{platform: [f28], {dependencies}}}}}]"));
        expand(&document, false, &index, &ExpandSettings::default())
    };
    for every in ["gtk: []", &all] {
        let text = expanded(every).expect_err("too many").to_string();
        assert!(text.contains("more than 1000 combinations") && text.contains("10000 of gtk"), "{text}");
    }
    assert_eq!(expanded("lib: ['1']").expect("one of them will do").len(), 1);
    let unknown = expanded(&thousands_of_streams("nosuch")).expect_err("none is known").to_string();
    assert!(unknown.starts_with("Cannot find any module builds for nosuch:0"), "{unknown}");
}

#[test]
fn ten_thousand_base_module_streams() {
    let mut known = Known::default();
    for stream in 0..10_000 {
        known.platform(&format!("x{stream}.1.0"), &["x"]);
    }
    let index = known.index();
    let text = expand(&app("[{buildrequires: {platform: []}}]"), false, &index, &ExpandSettings::default());
    assert!(matches!(text, Err(ExpandError::TooMany { limit: 1000, .. })));
}

#[test]
fn contradictory_blocks() {
    let mut known = Known::platforms(&["f28", "f29"]);
    known.add("gtk:1:1:a", &["{platform: [f28]}"], &["platform:f28"]);
    let expanded = |dependencies: &str| {
        let answer = known.expand(&app(dependencies), &ExpandSettings::default()).0;
        answer.map(|builds| builds.iter().map(known::against).collect::<Vec<_>>()).map_err(|error| error.to_string())
    };
    let gtk = "gtk:1:1:a platform:f28:3:00000000".to_owned();
    let twice = "[{buildrequires: {platform: [f28], gtk: ['1']}}, {buildrequires: {gtk: ['1'], platform: [f28]}}]";
    assert_eq!(expanded(twice), Ok(vec![gtk.clone()]), "the same block twice is one build");
    let one_works = "[{buildrequires: {platform: [f28], gtk: ['1']}}, {buildrequires: {platform: [f29], gtk: ['1']}}]";
    let text = expanded(one_works).expect_err("a block that cannot be built refuses the document");
    assert!(text.contains("gtk:1 and platform:f29 exclude each other"), "{text}");
    let excludes_itself = "[{buildrequires: {platform: [f28], gtk: ['1', -1]}}]";
    assert_eq!(expanded(excludes_itself), Ok(vec![gtk]), "what is named counts");
    let nothing = "[{buildrequires: {platform: [-f28, -f29]}}]";
    assert!(expanded(nothing).expect_err("nothing is left").starts_with("None of the base module (platform)"));
    let without_base = "[{buildrequires: {gtk: ['1']}}]";
    assert!(expanded(without_base).expect_err("no base").starts_with("None of the base module (platform)"));
}

#[test]
fn where_no_choice_is_allowed_a_default_decides() {
    let mut known = Known::platforms(&["f28"]);
    known.add("gtk:1:1:a", &[], &["platform:f28"]);
    known.add("gtk:2:1:b", &[], &["platform:f28"]);
    let document = app("[{buildrequires: {platform: [f28], gtk: []}}]");
    let mut settings = ExpandSettings { refuse_choices: true, ..ExpandSettings::default() };
    assert!(matches!(known.expand(&document, &settings).0, Err(ExpandError::Choice { .. })));
    settings.default_streams.insert("gtk".to_owned(), "2".to_owned());
    let builds = known.expand(&document, &settings).0.expect("decided");
    assert_eq!(streams(&builds, "gtk"), ["2"]);
}

#[test]
fn a_static_context_stands_for_one_build() {
    let known = Known::platforms(&["f28", "f29"]);
    let mut document = app("[{buildrequires: {platform: []}}]");
    document.static_context = true;
    assert_eq!(known.expand(&document, &ExpandSettings::default()).0, Err(ExpandError::NoStaticContext));
    document.context = Some("mine".to_owned());
    let text = known.expand(&document, &ExpandSettings::default()).0.expect_err("two").to_string();
    assert!(text.contains("platform:f28 | platform:f29"), "{text}");
}

fn refused(stream: ModuleStream, overrides: &Overrides) -> SubmissionError {
    let document = Document::Stream(Box::new(stream));
    let known = Known::platforms(&["f28"]);
    known.submit(&document, overrides, &SubmissionSettings::default()).expect_err("refused")
}

#[test]
fn hostile_names_are_refused_before_anything_else() {
    for name in ["../x", "a b", "", "a\nb"] {
        let mut stream = app("[{buildrequires: {platform: [f28]}}]");
        stream.name = Some(name.to_owned());
        let document = Document::Stream(Box::new(stream.clone()));
        let settings = SubmissionSettings::default();
        let error = submission::builds(&document, 1, &Overrides::default(), &Index::default(), &settings);
        let error = error.expect_err(name);
        assert!(matches!(error, SubmissionError::Name(_)), "{error}");
        assert_eq!(error.class(), Class::Unprocessable);
        stream.name = Some("app".to_owned());
        stream.dependencies[0].buildrequires.insert(name.to_owned(), ["1".to_owned()].into());
        assert!(matches!(refused(stream.clone(), &Overrides::default()), SubmissionError::Name(_)));
        stream.dependencies[0].buildrequires.remove(name);
        stream.dependencies[0].requires.insert("gtk".to_owned(), [name.to_owned()].into());
        assert!(matches!(refused(stream, &Overrides::default()), SubmissionError::Name(_)));
    }
}

#[test]
fn hostile_names_in_overrides_are_refused_too() {
    let stream = app("[{buildrequires: {platform: [f28]}, requires: {platform: [f28]}}]");
    for name in ["../x", "a b", "", "a\nb", "a:b"] {
        let streams = || [("platform".to_owned(), vec![name.to_owned()])].into();
        let overrides = Overrides { requires: streams(), ..Overrides::default() };
        assert!(matches!(refused(stream.clone(), &overrides), SubmissionError::Name(_)), "{name}");
        let overrides = Overrides { buildrequires: streams(), ..Overrides::default() };
        assert!(matches!(refused(stream.clone(), &overrides), SubmissionError::Name(_)), "{name}");
    }
}

#[test]
fn a_document_of_twenty_megabytes_is_refused() {
    let filler = "x".repeat(20 * 1024 * 1024);
    let yaml = format!(
        "document: modulemd\nversion: 2\ndata: {{summary: {filler}, description: d, license: {{module: [MIT]}}}}\n"
    );
    let error = modulemd::read::read(&yaml, &modulemd::Limits::default()).expect_err("too large");
    assert!(error.to_string().contains("10485760"), "{error}");
}

#[test]
fn an_override_applies_to_every_block() {
    let known = Known::platforms(&["f28", "f29"]);
    let document =
        app("[{buildrequires: {platform: [f28]}}, {buildrequires: {platform: [f28]}, requires: {platform: []}}]");
    let document = Document::Stream(Box::new(document));
    let mut overrides = Overrides::default();
    overrides.buildrequires.insert("platform".to_owned(), vec!["f29".to_owned()]);
    let builds = known.submit(&document, &overrides, &SubmissionSettings::default()).expect("works");
    assert_eq!(streams(&builds, "platform"), ["f29"], "both blocks lead to the same build, which there is once");
    assert_eq!(builds[0].version, 297);
}

#[test]
fn the_limit_counts_all_contexts_of_a_submission() {
    let contexts: Vec<_> =
        (0..3).map(|number| format!("c{number}: {{buildrequires: {{platform: f28}}, requires: {{}}}}")).collect();
    let mut stream = app("[]");
    let xmd = format!("mbs_options: {{contexts: {{{}}}}}", contexts.join(", "));
    let yaml = format!("{}  xmd: {{{xmd}}}\n", stream.to_yaml().trim_end_matches("...\n"));
    stream = modulemd::read::read_stream(&yaml, &modulemd::Limits::default()).expect("readable");
    let document = Document::Stream(Box::new(stream));
    let known = Known::platforms(&["f28"]);
    let mut settings = SubmissionSettings::default();
    assert_eq!(known.submit(&document, &Overrides::default(), &settings).expect("works").len(), 3);
    settings.expansion.max_combinations = 2;
    let text = known.submit(&document, &Overrides::default(), &settings).expect_err("too many").to_string();
    assert!(text.contains("more than 2 combinations"), "{text}");
}

#[test]
fn a_large_document_becomes_few_builds_only() {
    let mut known = Known::platforms(&["f28"]);
    for stream in 0..200 {
        known.add(&format!("gtk:{stream}:1:a"), &["{platform: [f28]}"], &["platform:f28"]);
    }
    let mut stream = app("[{buildrequires: {platform: [f28], gtk: []}}]");
    stream.description = "x".repeat(1024 * 1024);
    let text = known.expand(&stream, &ExpandSettings::default()).0.expect_err("200 MiB").to_string();
    assert!(text.contains("would become 200 builds"), "{text}");
    stream.description = "x".repeat(1024);
    assert_eq!(known.expand(&stream, &ExpandSettings::default()).0.expect("small").len(), 200);
}

#[test]
fn a_large_document_has_few_contexts_only() {
    let contexts = (0..900).map(|number| format!("c{number}: {{buildrequires: {{platform: f28}}, requires: {{}}}}"));
    let contexts = format!("{{mbs_options: {{contexts: {{{}}}}}}}", contexts.collect::<Vec<_>>().join(", "));
    let yaml = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: app\n  stream: \"1\"\n  summary: s\n  description: {}\n  license: {{module: \
         [MIT]}}\n  xmd: {contexts}\n",
        "x".repeat(1024 * 1024)
    );
    let stream = modulemd::read::read_stream(&yaml, &modulemd::Limits::default()).expect("readable");
    let error = refused(stream, &Overrides::default());
    assert!(error.to_string().contains("would become 900 builds"), "{error}");
}
