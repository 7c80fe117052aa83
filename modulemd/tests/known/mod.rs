//! Known modules that a test makes up, and submissions against them.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::collections::BTreeSet;

use modulemd::expansion::{BuildState, ExpandError, ExpandSettings, Index, KnownBuild, Wanted, expand};
use modulemd::read::read_stream;
use modulemd::submission::{self, Overrides, SubmissionError, SubmissionSettings};
use modulemd::version::stream_version;
use modulemd::{Document, Limits, ModuleStream, Nsvc};

/// Rows with their documents, in the order of their ids.
#[derive(Default)]
pub struct Known(pub Vec<(KnownBuild, Option<ModuleStream>)>);

impl Known {
    /// Platforms with these streams and no virtual ones.
    pub fn platforms(streams: &[&str]) -> Self {
        let mut known = Self::default();
        for stream in streams {
            known.platform(stream, &[]);
        }
        known
    }

    /// Adds a platform that has these virtual streams, too.
    pub fn platform(&mut self, stream: &str, virtual_streams: &[&str]) -> &mut Self {
        self.add(&format!("platform:{stream}:3:00000000"), &[], &[]);
        let names = virtual_streams.join(", ");
        let (build, document) = self.0.last_mut().expect("just added");
        build.virtual_streams = virtual_streams.iter().map(|name| (*name).to_owned()).collect();
        build.stream_version = stream_version(stream, &Vec::new());
        *document = Some(written(
            &build.nsvc,
            "[]",
            &format!("{{commit: virtual, mse: TRUE, buildrequires: {{}}, virtual_streams: [{names}]}}"),
        ));
        self
    }

    /// Adds a ready `name:stream:version:context` that requires this at run time (a block each), built against these
    /// `name:stream`.
    pub fn add(&mut self, nsvc: &str, requires: &[&str], against: &[&str]) -> &mut Self {
        let nsvc: Nsvc = nsvc.parse().expect("name:stream:version:context");
        let id = i64::try_from(self.0.len()).expect("few") + 1;
        let named = |wanted: &&str| {
            let is = |(build, _): &&(KnownBuild, _)| format!("{}:{}", build.nsvc.name, build.nsvc.stream) == *wanted;
            self.0.iter().find(is).expect("known").0.id
        };
        let base_modules: BTreeSet<i64> = against.iter().map(named).collect();
        let streams = against.iter().filter_map(|wanted| wanted.split_once(':'));
        let streams: Vec<_> = streams.map(|(name, stream)| format!("{name}: {{stream: \"{stream}\"}}")).collect();
        let blocks: Vec<_> = requires.iter().map(|block| format!("{{requires: {block}}}")).collect();
        let mbs = format!("{{commit: c0, mse: TRUE, buildrequires: {{{}}}}}", streams.join(", "));
        let document = written(&nsvc, &format!("[{}]", blocks.join(", ")), &mbs);
        let build = KnownBuild {
            id,
            nsvc,
            state: BuildState::Ready,
            scratch: false,
            koji_tag: Some("module-tag".to_owned()),
            stream_version: None,
            virtual_streams: BTreeSet::new(),
            base_modules,
        };
        self.0.push((build, Some(document)));
        self
    }

    /// What was added last is in this state.
    pub fn in_state(&mut self, state: BuildState) -> &mut Self {
        self.0.last_mut().expect("just added").0.state = state;
        self
    }

    /// Expands, looking up what is wanted; also how often that was.
    pub fn expand(
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

    /// All of a submission.
    pub fn submit(
        &self,
        document: &Document,
        overrides: &Overrides,
        settings: &SubmissionSettings,
    ) -> Result<Vec<ModuleStream>, SubmissionError> {
        let mut index = Index::default();
        loop {
            match submission::builds(document, 7, overrides, &index, settings) {
                Err(SubmissionError::Expand(ExpandError::Missing(wanted))) => self.look_up(&mut index, wanted),
                result => return result,
            }
        }
    }

    fn look_up(&self, index: &mut Index, wanted: BTreeSet<Wanted>) {
        assert!(!wanted.is_empty(), "asks for something");
        for wanted in wanted {
            match wanted {
                Wanted::Builds(name) => {
                    let of_name = self.0.iter().map(|(build, _)| build).filter(|build| build.nsvc.name == name);
                    index.add_builds(name.clone(), of_name.cloned().collect());
                }
                Wanted::Document(id) => {
                    let place = usize::try_from(id - 1).expect("an id of ours");
                    index.add_document(id, self.0[place].1.clone());
                }
            }
        }
    }

    /// Everything that is known, without asking.
    pub fn index(&self) -> Index {
        let mut index = Index::default();
        let names: BTreeSet<_> = self.0.iter().map(|(build, _)| build.nsvc.name.clone()).collect();
        self.look_up(&mut index, names.into_iter().map(Wanted::Builds).collect());
        self.look_up(&mut index, self.0.iter().map(|(build, _)| Wanted::Document(build.id)).collect());
        index
    }
}

fn written(nsvc: &Nsvc, dependencies: &str, mbs: &str) -> ModuleStream {
    let yaml = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: {}\n  stream: \"{}\"\n  version: {}\n  context: \"{}\"\n  summary: s\n  \
         description: d\n  license: {{module: [MIT]}}\n  xmd: {{mbs: {mbs}}}\n  dependencies: {dependencies}\n",
        nsvc.name, nsvc.stream, nsvc.version, nsvc.context
    );
    read_stream(&yaml, &Limits::default()).expect("readable")
}

/// A document `app:1` with these dependency blocks.
pub fn app(dependencies: &str) -> ModuleStream {
    let yaml = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: app\n  stream: \"1\"\n  summary: s\n  description: d\n  \
         license: {{module: [MIT]}}\n  dependencies: {dependencies}\n"
    );
    read_stream(&yaml, &Limits::default()).expect("readable")
}

/// The streams that the builds have of a module in their buildrequires.
pub fn streams(builds: &[ModuleStream], module: &str) -> Vec<String> {
    let stream = |build: &ModuleStream| build.dependencies.last()?.buildrequires.get(module)?.first().cloned();
    builds.iter().filter_map(stream).collect()
}

/// `name:stream:version:context` of everything in `xmd.mbs.buildrequires`, sorted, joined by blanks.
pub fn against(build: &ModuleStream) -> String {
    let needed = build.mbs().and_then(|mbs| mbs.get("buildrequires")?.as_map()).expect("filled in");
    let nsvcs = needed.iter().map(|(name, details)| {
        let text = |key: &str| details.get(key).and_then(|node| node.as_str()).expect("a text");
        format!("{name}:{}:{}:{}", text("stream"), text("version"), text("context"))
    });
    nsvcs.collect::<Vec<_>>().join(" ")
}
