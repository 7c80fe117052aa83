//! What the explanation of a build says: which rule chose each module, and why others were left out.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use modulemd::expansion::{BuildState, Index, KnownBuild};
use modulemd::read::read_stream;
use modulemd::submission::explain::{Context, Explanation, Reason, Rule, Subject, explain};
use modulemd::submission::releases::{Release, ReleasedStreams};
use modulemd::submission::{self, Overrides, SubmissionSettings};
use modulemd::{Document, Limits, Nsvc};
use regex::Regex;

const HEAD: &str =
    "document: modulemd\nversion: 2\ndata:\n  summary: s\n  description: d\n  license: {module: [MIT]}\n";

/// Everything is known from the start.
#[derive(Default)]
struct World {
    builds: Vec<(KnownBuild, String)>,
}

impl World {
    fn add(&mut self, name: &str, stream: &str, version: u64, state: BuildState, bases: &[i64]) -> &mut Self {
        let id = i64::try_from(self.builds.len()).expect("few") + 1;
        let build = KnownBuild {
            id,
            nsvc: Nsvc::new(name, stream, version.to_string(), "c0ffee42"),
            state,
            scratch: false,
            koji_tag: None,
            stream_version: None,
            virtual_streams: BTreeSet::new(),
            base_modules: bases.iter().copied().collect(),
        };
        self.builds.push((build, "{}".to_owned()));
        self
    }

    /// What the build that was added last requires, as YAML.
    fn requires(&mut self, yaml: &str) -> &mut Self {
        yaml.clone_into(&mut self.builds.last_mut().expect("a build").1);
        self
    }

    /// Another name of the stream that was added last, and its number.
    fn stands_for(&mut self, virtual_stream: &str, number: f64) -> &mut Self {
        let build = &mut self.builds.last_mut().expect("a build").0;
        build.virtual_streams.insert(virtual_stream.to_owned());
        build.stream_version = Some(number);
        self
    }

    fn index(&self) -> Index {
        let mut index = Index::default();
        let names: BTreeSet<_> = self.builds.iter().map(|(build, _)| build.nsvc.name.clone()).collect();
        for name in names {
            let rows = self.builds.iter().map(|(build, _)| build).filter(|build| build.nsvc.name == name);
            index.add_builds(&name, rows.cloned().collect());
        }
        for (build, requires) in &self.builds {
            let nsvc = &build.nsvc;
            let virtual_streams = build.virtual_streams.iter().cloned().collect::<Vec<_>>().join(", ");
            let yaml = format!(
                "{HEAD}  name: {}\n  stream: \"{}\"\n  version: {}\n  context: {}\n  xmd: {{mbs: {{commit: c, mse: TRUE, \
                 buildrequires: {{}}, virtual_streams: [{virtual_streams}]}}}}\n  dependencies:\n  - requires: {requires}\n",
                nsvc.name, nsvc.stream, nsvc.version, nsvc.context
            );
            index.add_document(build.id, Some(read_stream(&yaml, &Limits::default()).expect("readable")));
        }
        index
    }

    /// The explanations of all builds of a document with these buildrequires, in sentences.
    fn explained(&self, buildrequires: &str, overrides: &Overrides, settings: &SubmissionSettings) -> Vec<Vec<String>> {
        let explanations = self.explanations(&dependencies(buildrequires), overrides, settings);
        explanations.iter().map(sentences).collect()
    }

    fn explanations(&self, data: &str, overrides: &Overrides, settings: &SubmissionSettings) -> Vec<Explanation> {
        let document = document(data);
        let index = self.index();
        let builds = submission::builds(&document, 1, overrides, &index, settings).expect("works");
        let subjects: Vec<_> = builds.iter().map(|build| Subject { build, exists: false }).collect();
        explain(&document, overrides, &index, settings, &subjects).expect("explained")
    }
}

fn document(data: &str) -> Document {
    let yaml = format!("{HEAD}  name: app\n  stream: \"1\"\n{data}");
    Document::Stream(Box::new(read_stream(&yaml, &Limits::default()).expect("readable")))
}

fn dependencies(buildrequires: &str) -> String {
    format!("  dependencies:\n  - buildrequires: {buildrequires}\n")
}

fn sentences(explanation: &Explanation) -> Vec<String> {
    let nsv = |nsvc: &Nsvc| format!("{}:{}:{}", nsvc.name, nsvc.stream, nsvc.version);
    // Every name is one of those that are promised to programs.
    assert!(explanation.against.iter().all(|against| Rule::NAMES.contains(&against.rule.name())));
    assert!(explanation.left_out.iter().all(|left| Reason::NAMES.contains(&left.reason.name())));
    assert!(Context::NAMES.contains(&explanation.context.name()));
    let against =
        explanation.against.iter().map(|against| format!("{} [{}] {against}", nsv(&against.nsvc), against.rule.name()));
    let left_out = explanation
        .left_out
        .iter()
        .map(|left| format!("not {} [{}] {}", nsv(&left.nsvc), left.reason.name(), left.reason));
    against.chain(left_out).collect()
}

fn settings() -> SubmissionSettings {
    let mut settings = SubmissionSettings::default();
    settings.expansion.only_compatible_base_modules = false;
    settings
}

/// Two platforms, and `lib` in three streams.
fn world() -> World {
    let mut world = World::default();
    world
        .add("platform", "f40", 1, BuildState::Ready, &[])
        .add("platform", "f41", 1, BuildState::Ready, &[])
        .add("lib", "1", 10, BuildState::Ready, &[2])
        .add("lib", "2", 10, BuildState::Ready, &[2])
        .add("lib", "3", 10, BuildState::Failed, &[2])
        .add("lib", "1", 11, BuildState::Build, &[2]);
    world
}

#[test]
fn streams_that_are_named() {
    let found = world().explained("{platform: [f41], lib: ['1']}", &Overrides::default(), &settings());
    assert_eq!(
        found,
        [[
            "lib:1:10 [named] the document names this stream",
            "platform:f41:1 [named] the document names this stream",
            "not lib:2:10 [not-named] the document names other streams",
            "not lib:3:10 [not-named] the document names other streams",
            "not platform:f40:1 [not-named] the document names other streams",
        ]]
    );
}

#[test]
fn several_that_are_named() {
    let found = world().explained("{platform: [f41], lib: ['1', '2']}", &Overrides::default(), &settings());
    assert_eq!(found.len(), 2);
    assert_eq!(found[0][0], "lib:1:10 [named] the document names this stream, and 2 for other builds");
    assert_eq!(found[0][2], "not lib:2:10 [other-build] another build of this submission is built against it");
    let mut world = world();
    world.add("tool", "1", 5, BuildState::Ready, &[2]).requires("{lib: ['1']}");
    let found = world.explained("{platform: [f41], lib: ['1', '2'], tool: ['1']}", &Overrides::default(), &settings());
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0][0],
        "lib:1:10 [named] the document names this stream; 2, named as well, does not go together with the rest"
    );
    assert_eq!(found[0][3], "not lib:2:10 [conflict] tool:1 requires lib:1");
}

#[test]
fn every_stream_except_some() {
    let found = world().explained("{platform: [f41], lib: ['-2']}", &Overrides::default(), &settings());
    assert_eq!(
        found,
        [[
            "lib:1:10 [left-after-exclusion] the document takes every stream except 2, and no other one works",
            "platform:f41:1 [named] the document names this stream",
            "not lib:2:10 [excluded] the document excludes this stream",
            "not lib:3:10 [not-ready] no build of it is ready, the newest is in state failed",
            "not platform:f40:1 [not-named] the document names other streams",
        ]]
    );
    let all = world().explained("{platform: [f41], lib: []}", &Overrides::default(), &settings());
    assert_eq!(all.len(), 2);
    assert_eq!(all[0][0], "lib:1:10 [every-stream] the document takes every stream");
    assert_eq!(all[0][2], "not lib:2:10 [other-build] another build of this submission is built against it");
}

#[test]
fn streams_that_the_operator_excludes() {
    let mut settings = settings();
    settings.expansion.base_module_stream_exclusions = vec!["f40".to_owned()];
    let found = world().explained("{platform: []}", &Overrides::default(), &settings);
    assert_eq!(
        found,
        [[
            "platform:f41:1 [only-stream] the document takes every stream, and no other one works",
            "not platform:f40:1 [excluded-by-operator] the configuration of the service excludes this stream",
        ]]
    );
}

#[test]
fn requests_and_branches_decide() {
    let overrides = Overrides {
        buildrequires: [("lib".to_owned(), vec!["2".to_owned()])].into(),
        branch: Some("private-f40".to_owned()),
        ..Overrides::default()
    };
    let settings = SubmissionSettings {
        br_stream_override_module: "platform".to_owned(),
        br_stream_override_regexes: vec![Regex::new("private-(f[0-9]+)").expect("a pattern")],
        ..settings()
    };
    let mut world = world();
    world.add("lib", "2", 9, BuildState::Ready, &[1]);
    let found = world.explained("{platform: [f41], lib: ['1']}", &overrides, &settings);
    assert_eq!(
        found,
        [[
            "lib:2:9 [override] the request (in place of the document) names this stream",
            "platform:f40:1 [branch] the branch private-f40 (in place of the document) names this stream",
            "not lib:1:10 [not-named] the request (in place of the document) names other streams",
            "not lib:2:10 [other-base-module] it was built for platform:f41 only",
            "not lib:3:10 [not-named] the request (in place of the document) names other streams",
            "not platform:f41:1 [not-named] the branch private-f40 (in place of the document) names other streams",
        ]]
    );
}

#[test]
fn virtual_streams_and_requirements_of_others() {
    let mut world = World::default();
    world
        .add("platform", "el8.0.0", 1, BuildState::Ready, &[])
        .stands_for("el8", 80000.0)
        .add("platform", "el8.1.0", 1, BuildState::Ready, &[])
        .stands_for("el8", 80100.0)
        .add("lib", "1", 10, BuildState::Ready, &[1])
        .requires("{deeper: ['7']}")
        .add("deeper", "7", 3, BuildState::Ready, &[2]);
    let found = world.explained("{platform: [el8], lib: ['1']}", &Overrides::default(), &settings());
    assert_eq!(
        found,
        [[
            "deeper:7:3 [required] lib:1 requires it at run time",
            "lib:1:10 [named] the document names this stream; it was built for platform:el8.0.0, and works with this base module as well",
            "platform:el8.1.0:1 [virtual-stream] the document names el8, and this is the newest stream that stands for it",
            "not platform:el8.0.0:1 [older] it stands for el8 as well, but there is a newer stream",
        ]]
    );
}

#[test]
fn what_excludes_one_another() {
    let mut world = world();
    world
        .add("tool", "1", 5, BuildState::Ready, &[2])
        .requires("{lib: ['1']}")
        .add("tool", "2", 5, BuildState::Ready, &[2])
        .requires("{lib: ['2']}");
    let found = world.explained("{platform: [f41], lib: ['1'], tool: []}", &Overrides::default(), &settings());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0][2], "tool:1:5 [only-stream] the document takes every stream, and no other one works");
    let last = found[0].last().expect("sentences");
    assert_eq!(last, "not tool:2:5 [conflict] it requires lib:2, and lib:1 is built against");
    let found = world.explained("{platform: [f41], lib: [], tool: ['1']}", &Overrides::default(), &settings());
    assert!(found[0].contains(&"not lib:2:10 [conflict] tool:1 requires lib:1".to_owned()), "{found:?}");
}

#[test]
fn a_choice_with_a_default() {
    let mut settings = settings();
    settings.expansion.default_streams = [("lib".to_owned(), "2".to_owned())].into();
    let found = world().explained("{platform: [f41], lib: []}", &Overrides::default(), &settings);
    assert_eq!(found[0][0], "lib:2:10 [default-stream] the document leaves a choice, and this stream is the default");
    assert_eq!(found[0][2], "not lib:1:10 [not-default] another stream is the default");
}

#[test]
fn each_static_context_is_explained_by_itself() {
    let data = "  xmd:\n    mbs_options:\n      contexts:\n        one: {buildrequires: {platform: f41, lib: '1'}, requires: {}}\n        \
                two: {buildrequires: {platform: f41, lib: '2'}, requires: {}}\n";
    let found = world().explanations(data, &Overrides::default(), &settings());
    assert_eq!(found.iter().map(|one| one.context).collect::<Vec<_>>(), [Context::Static; 2]);
    let (one, two) = (sentences(&found[0]), sentences(&found[1]));
    assert_eq!(one[0], "lib:1:10 [static-context] the static context names this stream");
    assert_eq!(two[0], "lib:2:10 [static-context] the static context names this stream");
    assert_eq!(one[2], "not lib:2:10 [not-named] the static context names other streams");
}

#[test]
fn each_block_is_explained_by_itself() {
    let data =
        "  dependencies:\n  - buildrequires: {platform: [f40]}\n  - buildrequires: {platform: [f41], lib: ['-1']}\n";
    let found = world().explanations(data, &Overrides::default(), &settings());
    let found: Vec<_> = found.iter().map(sentences).collect();
    assert_eq!(
        found,
        [
            vec![
                "platform:f40:1 [named] the document names this stream",
                "not platform:f41:1 [not-named] the document names other streams",
            ],
            vec![
                "lib:2:10 [left-after-exclusion] the document takes every stream except 1, and no other one works",
                "platform:f41:1 [named] the document names this stream",
                "not lib:1:10 [excluded] the document excludes this stream",
                "not lib:3:10 [not-ready] no build of it is ready, the newest is in state failed",
                "not platform:f40:1 [not-named] the document names other streams",
            ],
        ]
    );
}

#[test]
fn what_other_blocks_take_counts_for_them_only() {
    let mut world = world();
    world.add("tool", "1", 5, BuildState::Ready, &[2]).requires("{lib: ['1']}").add(
        "lib",
        "2",
        12,
        BuildState::Ready,
        &[1],
    );
    let data = "  dependencies:\n  - buildrequires: {platform: [f41], lib: [], tool: ['1']}\n  - buildrequires: {platform: \
                [f40], lib: ['2']}\n";
    let found = world.explanations(data, &Overrides::default(), &settings());
    let found: Vec<_> = found.iter().map(sentences).collect();
    assert_eq!(found[0][0], "lib:1:10 [only-stream] the document takes every stream, and no other one works");
    assert!(found[0].contains(&"not lib:2:10 [conflict] tool:1 requires lib:1".to_owned()), "{found:?}");
    assert_eq!(found[1][0], "lib:2:12 [named] the document names this stream");
}

#[test]
fn a_build_that_exists_keeps_what_it_was_made_with() {
    let mut world = world();
    let data = dependencies("{platform: [f41], lib: ['1']}");
    let (document, overrides, settings) = (document(&data), Overrides::default(), settings());
    let made = submission::builds(&document, 1, &overrides, &world.index(), &settings).expect("works");
    world.add("lib", "1", 12, BuildState::Ready, &[2]);
    let subjects = [Subject { build: &made[0], exists: true }];
    let found = explain(&document, &overrides, &world.index(), &settings, &subjects).expect("explained");
    let found = sentences(&found[0]);
    assert_eq!(found[0], "lib:1:10 [named] the document names this stream");
    assert_eq!(
        found[2],
        "not lib:1:12 [kept] it is newer, but the build was made before and keeps what it was made with"
    );
}

#[test]
fn streams_that_are_released() {
    let mut world = World::default();
    for (stream, number) in [("el8.0.0", 80000.0), ("el8.0.0.z", 80000.1), ("el8.1.0", 80100.0)] {
        world.add("platform", stream, 1, BuildState::Ready, &[]).stands_for(&format!("to-{stream}"), number);
    }
    let mut settings = settings();
    settings.releases.streams = vec![ReleasedStreams {
        pattern: Regex::new("el").expect("a pattern"),
        suffix: ".z".to_owned(),
        release: "rhel-{x}-{y}".parse().expect("a name"),
        major_release: None,
    }];
    let document = |stream: &str| document(&dependencies(&format!("{{platform: [{stream}]}}")));
    let (overrides, index) = (Overrides::default(), world.index());
    let asked = submission::builds(&document("el8.0.0"), 1, &overrides, &index, &settings).expect_err("unknown yet");
    assert_eq!(asked.releases(), Some(&["rhel-8-0".to_owned()].into()));
    settings.releases.add("rhel-8-0", Release::Out);
    settings.releases.add("rhel-8-1", Release::NotYet);
    let found = world.explained("{platform: [to-el8.0.0]}", &overrides, &settings);
    assert_eq!(
        found,
        [[
            "platform:el8.0.0.z:1 [released] the document names to-el8.0.0, for which el8.0.0 stands; its release rhel-8-0 is out, \
             which adds the suffix",
            "not platform:el8.0.0:1 [released] its release rhel-8-0 is out; the stream with the suffix is taken",
            "not platform:el8.1.0:1 [not-named] the document names other streams",
        ]]
    );
    let found = world.explained("{platform: [el8.0.0]}", &overrides, &settings);
    assert_eq!(
        found[0][0],
        "platform:el8.0.0.z:1 [released] the document names el8.0.0; its release rhel-8-0 is out, which adds the suffix"
    );
    let found = world.explained("{platform: [el8.1.0]}", &overrides, &settings);
    assert_eq!(found[0][0], "platform:el8.1.0:1 [named] the document names this stream");
    // What the request says stays.
    let asked = Overrides { buildrequires: [("platform".to_owned(), vec!["el8.0.0".to_owned()])].into(), ..overrides };
    let found = world.explained("{platform: [el8.1.0]}", &asked, &settings);
    assert!(found[0][0].starts_with("platform:el8.0.0:1 [override]"), "{found:?}");
}
