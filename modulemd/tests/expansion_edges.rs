//! Submissions that no record covers: choices, limits, and knowledge that is incomplete.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use modulemd::expansion::{BuildState, ExpandError, ExpandSettings, Index, KnownBuild, Wanted, expand};
use modulemd::read::read_stream;
use modulemd::submission::{self, Class, Overrides, SubmissionError, SubmissionSettings};
use modulemd::{Document, Limits, ModuleStream, Nsvc};

/// Rows with their documents, in the order of their ids.
#[derive(Default)]
struct Known(Vec<(KnownBuild, Option<ModuleStream>)>);

impl Known {
    fn platforms(streams: &[&str]) -> Self {
        let mut known = Self::default();
        for stream in streams {
            known.add("platform", stream, "3", "00000000", "{}", &[]);
        }
        known
    }

    fn add(&mut self, name: &str, stream: &str, version: &str, context: &str, requires: &str, base_modules: &[i64]) {
        let yaml = format!(
            "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: \"{stream}\"\n  summary: s\n  description: d\n  \
             license: {{module: [MIT]}}\n  xmd: {{mbs: {{commit: c, mse: TRUE, buildrequires: {{}}}}}}\n  dependencies:\n  \
             - requires: {requires}\n"
        );
        let build = KnownBuild {
            id: i64::try_from(self.0.len()).expect("few") + 1,
            nsvc: Nsvc::new(name, stream, version, context),
            state: BuildState::Ready,
            scratch: false,
            koji_tag: None,
            stream_version: None,
            virtual_streams: BTreeSet::new(),
            base_modules: base_modules.iter().copied().collect(),
        };
        self.0.push((build, Some(read_stream(&yaml, &Limits::default()).expect("readable"))));
    }

    /// Expands, looking up what is wanted; also how often that was.
    fn expand(
        &self,
        document: &ModuleStream,
        settings: &ExpandSettings,
    ) -> (Result<Vec<ModuleStream>, ExpandError>, usize) {
        let mut index = Index::default();
        for round in 0.. {
            match expand(document, document.static_context, &index, settings) {
                Err(ExpandError::Missing(wanted)) => self.look_up(&mut index, wanted),
                result => return (result, round),
            }
        }
        unreachable!("counts without end")
    }

    fn look_up(&self, index: &mut Index, wanted: BTreeSet<Wanted>) {
        for wanted in wanted {
            match wanted {
                Wanted::Builds(name) => {
                    let of_name = self.0.iter().map(|(build, _)| build).filter(|build| build.nsvc.name == name);
                    index.add_builds(name.clone(), of_name.cloned().collect());
                }
                Wanted::Document(id) => {
                    let document =
                        self.0.iter().find(|(build, _)| build.id == id).and_then(|(_, document)| document.clone());
                    index.add_document(id, document);
                }
            }
        }
    }
}

fn app(dependencies: &str) -> ModuleStream {
    let yaml = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: app\n  stream: \"1\"\n  summary: s\n  description: d\n  \
         license: {{module: [MIT]}}\n  dependencies: {dependencies}\n"
    );
    read_stream(&yaml, &Limits::default()).expect("readable")
}

fn streams(builds: &[ModuleStream], module: &str) -> Vec<String> {
    let stream = |build: &ModuleStream| build.dependencies.last()?.buildrequires.get(module)?.first().cloned();
    builds.iter().filter_map(stream).collect()
}

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
    known.add("gtk", "1", "1", "a", "{foo: ['1'], bar: ['1']}", &[1]);
    known.add("foo", "1", "1", "a", "{}", &[1]);
    known.add("bar", "1", "1", "a", "{}", &[1]);
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
    known.add("gtk", "1", "1", "old", "{}", &[1]);
    known.add("gtk", "1", "2", "new", "{}", &[1]);
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
    known.add("gtk", "1", "1", "a", "{foo: ['1']}", &[1]);
    known.add("foo", "1", "1", "a", "{gtk: ['1']}", &[1]);
    let (builds, _) =
        known.expand(&app("[{buildrequires: {platform: [f28], gtk: ['1']}}]"), &ExpandSettings::default());
    assert_eq!(builds.expect("works").len(), 1);
}

#[test]
fn a_conflict_names_who_requires_what() {
    let mut known = Known::platforms(&["f28"]);
    known.add("gtk", "1", "1", "a", "{bar: ['1']}", &[1]);
    known.add("foo", "1", "1", "a", "{bar: ['2']}", &[1]);
    known.add("bar", "1", "1", "a", "{}", &[1]);
    known.add("bar", "2", "1", "b", "{}", &[1]);
    let document = app("[{buildrequires: {platform: [f28], gtk: ['1'], foo: ['1']}}]");
    let (refused, _) = known.expand(&document, &ExpandSettings::default());
    let text = refused.expect_err("bar cannot be in two streams").to_string();
    assert!(text.contains("gtk:1:1:a requires bar:1") || text.contains("foo:1:1:a requires bar:2"), "{text}");
    assert!(text.contains("bar:2:1:b") || text.contains("bar:1:1:a"), "{text}");
}

/// Modules `m0`, `m1`… with three streams each.
fn many(modules: usize, requires: &str) -> (Known, ModuleStream) {
    let mut known = Known::platforms(&["f28"]);
    for module in 0..modules {
        for stream in ["a", "b", "c"] {
            known.add(&format!("m{module}"), stream, "1", stream, requires, &[1]);
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

#[test]
fn a_search_without_end_is_given_up() {
    let (mut known, document) = many(30, "{last: ['1']}");
    known.add("last", "1", "1", "x", "{m0: [nosuch]}", &[1]);
    known.add("m0", "nosuch", "1", "x", "{platform: [f99]}", &[1]);
    let settings = ExpandSettings { max_steps: 10_000, ..ExpandSettings::default() };
    let (refused, _) = known.expand(&document, &settings);
    assert_eq!(refused, Err(ExpandError::TooComplex));
}

#[test]
fn a_long_chain_of_modules_is_followed() {
    let mut known = Known::platforms(&["f28"]);
    let length = 1_000;
    for module in 0..length {
        known.add(&format!("m{module:05}"), "1", "1", "a", &format!("{{m{:05}: ['1']}}", module + 1), &[1]);
    }
    known.add(&format!("m{length:05}"), "1", "1", "a", "{}", &[1]);
    let mut index = Index::default();
    for (build, document) in &known.0 {
        index.add_builds(build.nsvc.name.clone(), vec![build.clone()]);
        index.add_document(build.id, document.clone());
    }
    let document = app("[{buildrequires: {platform: [f28], m00000: ['1']}}]");
    let builds = expand(&document, false, &index, &ExpandSettings::default());
    assert_eq!(builds.expect("works").len(), 1);
}

#[test]
fn where_no_choice_is_allowed_a_default_decides() {
    let mut known = Known::platforms(&["f28"]);
    known.add("gtk", "1", "1", "a", "{}", &[1]);
    known.add("gtk", "2", "1", "b", "{}", &[1]);
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

#[test]
fn hostile_names_are_refused_before_anything_else() {
    for name in ["../x", "a b", "", "a\nb"] {
        let mut stream = app("[{buildrequires: {platform: [f28]}}]");
        stream.name = Some(name.to_owned());
        let document = Document::Stream(Box::new(stream));
        let settings = SubmissionSettings::default();
        let refused = submission::builds(&document, 1, &Overrides::default(), &Index::default(), &settings);
        let error = refused.expect_err(name);
        assert!(matches!(error, SubmissionError::Name(_)), "{error}");
        assert_eq!(error.class(), Class::Unprocessable);
    }
}

#[test]
fn an_override_applies_to_every_block() {
    let known = Known::platforms(&["f28", "f29"]);
    let document =
        app("[{buildrequires: {platform: [f28]}}, {buildrequires: {platform: [f28]}, requires: {platform: []}}]");
    let document = Document::Stream(Box::new(document));
    let mut overrides = Overrides::default();
    overrides.buildrequires.insert("platform".to_owned(), vec!["f29".to_owned()]);
    let mut index = Index::default();
    let builds = loop {
        match submission::builds(&document, 7, &overrides, &index, &SubmissionSettings::default()) {
            Err(SubmissionError::Expand(ExpandError::Missing(wanted))) => known.look_up(&mut index, wanted),
            result => break result.expect("works"),
        }
    };
    assert_eq!(streams(&builds, "platform"), ["f29"], "both blocks lead to the same build, which there is once");
    assert_eq!(builds[0].version, 297);
}
