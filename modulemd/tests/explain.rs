//! What the explanation of a build says: which rule chose each module, and why others were left out.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use modulemd::expansion::{BuildState, Index, KnownBuild};
use modulemd::read::read_stream;
use modulemd::submission::explain::{Explanation, explain};
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
            let yaml = format!(
                "{HEAD}  name: {}\n  stream: \"{}\"\n  version: {}\n  context: {}\n  xmd: {{mbs: {{commit: c, mse: TRUE, \
                 buildrequires: {{}}}}}}\n  dependencies:\n  - requires: {requires}\n",
                nsvc.name, nsvc.stream, nsvc.version, nsvc.context
            );
            index.add_document(build.id, Some(read_stream(&yaml, &Limits::default()).expect("readable")));
        }
        index
    }

    /// The explanations of all builds of a document with these buildrequires, in sentences.
    fn explained(&self, buildrequires: &str, overrides: &Overrides, settings: &SubmissionSettings) -> Vec<Vec<String>> {
        let yaml = format!("{HEAD}  name: app\n  stream: \"1\"\n  dependencies:\n  - buildrequires: {buildrequires}\n");
        let document = Document::Stream(Box::new(read_stream(&yaml, &Limits::default()).expect("readable")));
        let index = self.index();
        let builds = submission::builds(&document, 1, overrides, &index, settings).expect("works");
        let explain = |build| explain(&document, overrides, &index, settings, build).expect("explained");
        builds.iter().map(explain).map(|explanation| sentences(&explanation)).collect()
    }
}

fn sentences(explanation: &Explanation) -> Vec<String> {
    let nsv = |nsvc: &Nsvc| format!("{}:{}:{}", nsvc.name, nsvc.stream, nsvc.version);
    let against = explanation.against.iter().map(|against| format!("{}: {}", nsv(&against.nsvc), against.rule));
    let left_out = explanation.left_out.iter().map(|left| format!("not {}: {}", nsv(&left.nsvc), left.reason));
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
            "lib:1:10: the document names this stream",
            "platform:f41:1: the document names this stream",
            "not lib:2:10: the document names other streams",
            "not lib:3:10: the document names other streams",
            "not platform:f40:1: the document names other streams",
        ]]
    );
}

#[test]
fn every_stream_except_some() {
    let found = world().explained("{platform: [f41], lib: ['-2']}", &Overrides::default(), &settings());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0][0], "lib:1:10: the document takes every stream that can be built against except 2");
    assert_eq!(found[0][2], "not lib:2:10: the document excludes this stream");
    assert_eq!(found[0][3], "not lib:3:10: it is failed, not ready");
    let all = world().explained("{platform: [f41], lib: []}", &Overrides::default(), &settings());
    assert_eq!(all.len(), 2);
    assert_eq!(all[0][0], "lib:1:10: the document takes every stream that can be built against");
    assert!(all[0].iter().any(|line| line.starts_with("not lib:2:10: it belongs to another combination")), "{all:?}");
}

#[test]
fn streams_that_the_operator_excludes() {
    let mut settings = settings();
    settings.expansion.base_module_stream_exclusions = vec!["f40".to_owned()];
    let found = world().explained("{platform: []}", &Overrides::default(), &settings);
    assert_eq!(
        found,
        [[
            "platform:f41:1: the document takes every stream that can be built against",
            "not platform:f40:1: the configuration of the service excludes this stream",
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
    assert_eq!(found[0][0], "lib:2:9: the request overrides the stream");
    assert_eq!(found[0][1], "platform:f40:1: the branch private-f40 decides the stream");
    assert!(
        found[0].contains(&"not lib:2:10: it is newer, but was built against another base module".to_owned()),
        "{found:?}"
    );
}

#[test]
fn virtual_streams_and_requirements_of_others() {
    let mut world = World::default();
    world
        .add("platform", "el8.1.0", 1, BuildState::Ready, &[])
        .stands_for("el8", 80100.0)
        .add("lib", "1", 10, BuildState::Ready, &[1])
        .requires("{deeper: ['7']}")
        .add("deeper", "7", 3, BuildState::Ready, &[1]);
    let found = world.explained("{platform: [el8], lib: ['1']}", &Overrides::default(), &settings());
    assert_eq!(
        found,
        [[
            "deeper:7:3: lib:1:10:c0ffee42 requires it at run time",
            "lib:1:10: the document names this stream",
            "platform:el8.1.0:1: it is the newest stream that stands for el8, which the document names",
        ]]
    );
}
