//! Known modules, and the little of a service that a submission needs besides this crate.

use std::collections::{BTreeMap, BTreeSet};

use modulemd::expansion::{BuildState, ExpandError, Index, KnownBuild, Wanted};
use modulemd::read::read;
use modulemd::submission::{self, Class, Overrides, SubmissionError};
use modulemd::version::{from_time, stream_version};
use modulemd::yaml::Node;
use modulemd::{Document, Limits, ModuleStream, Nsvc};
use serde_json::Value;

use crate::config::Config;

/// The clock when the cases were recorded.
const NOW: i64 = 1_554_120_000;

/// A row with its document.
#[derive(Clone, Debug)]
pub struct Row {
    pub known: KnownBuild,
    pub document: ModuleStream,
}

/// A refusal as a client sees it.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub message: String,
    pub error: Option<SubmissionError>,
}

/// What came of a submission.
pub type Outcome = Result<Vec<Row>, Refusal>;

#[derive(Default)]
pub struct World {
    rows: Vec<Row>,
}

impl World {
    /// Imports the known modules.
    pub fn new(known: &Value, config: &Config) -> Self {
        let mut world = Self::default();
        for module in known.as_array().expect("a list") {
            let yaml = module["yaml"].as_str().expect("a text");
            let Document::Stream(document) = read(yaml, &Limits::default()).expect("a stream") else {
                panic!("a packager document cannot be imported");
            };
            let mut document = *document;
            document.context.get_or_insert_with(|| "00000000".to_owned());
            if document.mbs().is_none() {
                document.mbs_mut().insert("mse".to_owned(), Node::Bool(true));
            }
            let state = BuildState::from_name(module["state"].as_str().expect("a text")).expect("a state");
            world.put(document, state, config);
        }
        world
    }

    fn put(&mut self, document: ModuleStream, state: BuildState, config: &Config) -> Row {
        let expansion = &config.submission.expansion;
        let nsvc = nsvc(&document);
        let same = self.rows.iter().position(|row| row.known.nsvc == nsvc);
        let number = same.unwrap_or(self.rows.len());
        let mbs = document.mbs().cloned().unwrap_or_default();
        let is_base = expansion.base_module_names.contains(&nsvc.name);
        let virtual_streams = mbs.get("virtual_streams").and_then(Node::as_list).unwrap_or_default();
        let known = KnownBuild {
            id: i64::try_from(number).expect("few") + 1,
            state,
            scratch: false,
            koji_tag: mbs.get("koji_tag").and_then(Node::as_str).map(str::to_owned),
            stream_version: stream_version(&nsvc.stream, &expansion.stream_suffixes).filter(|_| is_base),
            virtual_streams: virtual_streams.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
            base_modules: self.base_modules(&document, config).into_iter().map(|row| row.known.id).collect(),
            nsvc,
        };
        let row = Row { known, document };
        match same {
            Some(place) => self.rows[place] = row.clone(),
            None => self.rows.push(row.clone()),
        }
        row
    }

    /// The base modules that a document was built against.
    pub fn base_modules(&self, document: &ModuleStream, config: &Config) -> Vec<&Row> {
        let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires"));
        let names = config.submission.expansion.base_module_names.iter();
        let find = |name: &String| {
            let details = buildrequires?.get(name)?;
            let text = |key| details.get(key).and_then(Node::as_str).unwrap_or_default();
            let nsvc = Nsvc::new(name, text("stream"), text("version"), text("context"));
            self.rows.iter().find(|row| row.known.nsvc == nsvc)
        };
        names.filter_map(find).collect()
    }

    /// A submission before the recorded one.
    pub fn submit_and_move(&mut self, request: &Value, transitions: &Value, config: &Config) {
        let states = transitions.as_array().expect("a list");
        let last = states
            .last()
            .and_then(Value::as_str)
            .map_or(BuildState::Init, |name| BuildState::from_name(name).expect("a state"));
        for row in self.submit(request, config).unwrap_or_default() {
            let scratch = row.known.scratch;
            let place = self.rows.len();
            self.put(row.document, last, config);
            if let Some(row) = self.rows.get_mut(place) {
                row.known.scratch = scratch;
            }
        }
    }

    /// What the service answers, without writing anything.
    pub fn submit(&self, request: &Value, config: &Config) -> Outcome {
        let document = document(request, config)?;
        let version = match &document {
            Document::Stream(stream) if stream.version != 0 => stream.version,
            _ => from_time(NOW),
        };
        let overrides = overrides(request);
        let mut index = Index::default();
        let builds = loop {
            match submission::builds(&document, version, &overrides, &index, &config.submission) {
                Ok(builds) => break builds,
                Err(SubmissionError::Expand(ExpandError::Missing(wanted))) => self.look_up(&mut index, wanted),
                Err(error) => return Err(refusal(error)),
            }
        };
        self.as_rows(builds, request, config)
    }

    pub fn look_up(&self, index: &mut Index, wanted: BTreeSet<Wanted>) {
        assert!(!wanted.is_empty(), "asks for something");
        for wanted in wanted {
            match wanted {
                Wanted::Builds(name) => {
                    let of_name = self.rows.iter().filter(|row| row.known.nsvc.name == name);
                    index.add_builds(name.clone(), of_name.map(|row| row.known.clone()).collect());
                }
                Wanted::Document(id) => {
                    let row = self.rows.iter().find(|row| row.known.id == id).expect("an id of ours");
                    index.add_document(id, Some(row.document.clone()));
                }
            }
        }
    }

    /// Builds that exist stay what they are, unless they failed.
    fn as_rows(&self, builds: Vec<ModuleStream>, request: &Value, config: &Config) -> Outcome {
        let scratch = matches!(&request["scratch"], Value::Bool(true))
            || matches!(request["scratch"].as_str(), Some("true" | "True" | "1"));
        let mut rows = Vec::new();
        let mut existing = None;
        for document in builds {
            let known = self.rows.iter().find(|row| row.known.nsvc == nsvc(&document) && !scratch);
            match known {
                Some(row) if row.known.state != BuildState::Failed => existing = Some(row.known.state),
                Some(row) => rows.push(row.clone()),
                None => rows.push(self.new_row(document, scratch, request, config)?),
            }
            if let Some(row) = known.filter(|row| row.known.state != BuildState::Failed) {
                rows.push(row.clone());
            }
        }
        let skipped = rows.iter().all(|row| {
            self.rows.iter().any(|known| known.known.nsvc == row.known.nsvc && known.known.state != BuildState::Failed)
        });
        match existing.filter(|_| skipped) {
            None => Ok(rows),
            Some(state) => Err(Refusal {
                status: 409,
                message: format!(
                    "Module (state={}) already exists. Only a new build, resubmission of a failed build or build against new buildrequirements is allowed.",
                    state as i32
                ),
                error: None,
            }),
        }
    }

    fn new_row(
        &self,
        mut document: ModuleStream,
        scratch: bool,
        request: &Value,
        config: &Config,
    ) -> Result<Row, Refusal> {
        if scratch {
            let context = document.context.clone().unwrap_or_default();
            let nsvc = nsvc(&document);
            let earlier = self.rows.iter().filter(|row| {
                let known = &row.known;
                known.scratch
                    && (&known.nsvc.name, &known.nsvc.stream, &known.nsvc.version)
                        == (&nsvc.name, &nsvc.stream, &nsvc.version)
                    && known.nsvc.context.starts_with(&context)
            });
            document.context = Some(format!("{context}_{}", earlier.count() + 1));
        } else if let Some(branch) = request["branch"].as_str() {
            submission::check_source_branch(branch, &config.scratch_only).map_err(refusal)?;
        }
        if !config.allow_dashes {
            submission::check_dashes(&document).map_err(refusal)?;
        }
        let mut row = Self { rows: self.rows.clone() }.put(document, BuildState::Init, config);
        row.known.scratch = scratch;
        Ok(row)
    }
}

/// Name and stream come from the parameters or the document.
fn document(request: &Value, config: &Config) -> Result<Document, Refusal> {
    let given = |key: &str| request[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let mut document = read(request["modulemd"].as_str().expect("a text"), &Limits::default()).map_err(|error| {
        Refusal { status: 422, message: format!("The modulemd is invalid. The error was:\n'{error}"), error: None }
    })?;
    if document.name().is_none() {
        document.set_name(&given("module_name").expect("one of the two is given"));
    }
    let own = document.stream().map(str::to_owned);
    document.set_stream(&given("module_stream").or(own).unwrap_or_else(|| config.default_branch.clone()));
    Ok(document)
}

fn nsvc(document: &ModuleStream) -> Nsvc {
    Nsvc::new(
        document.name(),
        document.stream(),
        document.version.to_string(),
        document.context.clone().unwrap_or_default(),
    )
}

fn overrides(request: &Value) -> Overrides {
    let text = |key: &str| request[key].as_str().map(str::to_owned);
    let streams = |key: &str| -> BTreeMap<String, Vec<String>> {
        let modules = request[key].as_object().into_iter().flatten();
        let list = |streams: &Value| {
            let streams = streams.as_array().into_iter().flatten();
            streams.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        modules.map(|(name, streams)| (name.clone(), list(streams))).collect()
    };
    let refs = request["rpm_component_ref_overrides"].as_object().into_iter().flatten();
    Overrides {
        buildrequires: streams("buildrequire_overrides"),
        requires: streams("require_overrides"),
        branch: text("branch"),
        side_tag: text("side_tag"),
        rpm_component_refs: refs
            .filter_map(|(name, commit)| Some((name.clone(), commit.as_str()?.to_owned())))
            .collect(),
    }
}

fn refusal(error: SubmissionError) -> Refusal {
    let status = match error.class() {
        Class::Invalid => 400,
        Class::Forbidden => 403,
        Class::Unprocessable => 422,
    };
    Refusal { status, message: error.to_string(), error: Some(error) }
}
