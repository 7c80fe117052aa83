//! How long the expansion of a large document takes, everything that has to be known at hand. Run by `make bench-expansion`;
//! prints a line of tab-separated texts for each case: what, milliseconds of the median and of the slowest run, what came of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use modulemd::expansion::{BuildState, ExpandSettings, Index, KnownBuild, expand};
use modulemd::read::read_stream;
use modulemd::{Limits, ModuleStream, Nsvc};

const MODULES: usize = 8;
const STREAMS: usize = 6;
const KNOWN: usize = 5_000;

/// Rows and documents.
#[derive(Default)]
struct Known {
    rows: Vec<KnownBuild>,
    documents: Vec<String>,
}

impl Known {
    fn add(&mut self, name: &str, stream: &str, requires: &str, against: Option<i64>) {
        self.add_version(name, stream, 1_000, requires, against);
    }

    fn add_version(&mut self, name: &str, stream: &str, version: usize, requires: &str, against: Option<i64>) {
        let number = self.rows.len();
        let platform = if against.is_some() { "platform: {stream: f28}" } else { "" };
        self.documents.push(format!(
            "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: \"{stream}\"\n  summary: s\n  description: d\n  license: \
             {{module: [MIT]}}\n  xmd: {{mbs: {{commit: c, mse: TRUE, buildrequires: {{{platform}}}}}}}\n  dependencies:\n  - \
             requires: {requires}\n"
        ));
        self.rows.push(KnownBuild {
            id: i64::try_from(number).unwrap_or(i64::MAX),
            nsvc: Nsvc::new(name, stream, version.to_string(), format!("{number:08x}")),
            state: BuildState::Ready,
            scratch: false,
            koji_tag: Some(format!("module-{name}-{stream}")),
            stream_version: None,
            virtual_streams: BTreeSet::new(),
            base_modules: against.into_iter().collect(),
        });
    }

    /// Older builds of the same streams, and modules that nothing asks for, until there are enough.
    fn fill(&mut self) {
        for number in self.rows.len()..KNOWN {
            let name = if number % 2 == 0 { format!("lib{}", number / 2 % MODULES) } else { format!("other{number}") };
            let stream = (number / 2 / MODULES % STREAMS).to_string();
            self.add_version(&name, &stream, number / 100, "{platform: [f28]}", Some(0));
        }
    }

    fn index(&self) -> Result<Index, Box<dyn std::error::Error>> {
        let mut index = Index::default();
        let names: BTreeSet<&str> = self.rows.iter().map(|row| row.nsvc.name.as_str()).collect();
        for name in names {
            index.add_builds(name, self.rows.iter().filter(|row| row.nsvc.name == name).cloned().collect());
        }
        for (row, text) in self.rows.iter().zip(&self.documents) {
            index.add_document(row.id, Some(read_stream(text, &Limits::default())?));
        }
        Ok(index)
    }
}

/// The modules that are buildrequired, in several streams, which require what `requires` says of module and stream.
fn world(requires: impl Fn(usize, usize) -> String) -> Known {
    let mut known = Known::default();
    known.add("platform", "f28", "{}", None);
    for stream in 0..STREAMS {
        for module in 0..MODULES {
            known.add(&format!("lib{module}"), &stream.to_string(), &requires(module, stream), Some(0));
        }
    }
    for stream in 0..=STREAMS {
        known.add("core", &stream.to_string(), "{platform: [f28]}", Some(0));
    }
    known.fill();
    known
}

fn document() -> Result<ModuleStream, Box<dyn std::error::Error>> {
    let streams: Vec<_> = (0..STREAMS).map(|stream| format!("'{stream}'")).collect();
    let libraries: Vec<_> = (0..MODULES).map(|module| format!("lib{module}: [{}]", streams.join(", "))).collect();
    let yaml = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: app\n  stream: \"1\"\n  summary: s\n  description: d\n  license: {{module: \
         [MIT]}}\n  dependencies:\n  - buildrequires: {{platform: [f28], {}}}\n    requires: {{platform: [f28]}}\n",
        libraries.join(", ")
    );
    Ok(read_stream(&yaml, &Limits::default())?)
}

/// As many modules as streams and one more, no two of which may have the same stream: nothing works, and nobody can see why.
fn pigeons(holes: usize) -> Result<(Known, ModuleStream), Box<dyn std::error::Error>> {
    let mut known = Known::default();
    known.add("platform", "f28", "{}", None);
    for (pigeon, hole) in (0..=holes).flat_map(|pigeon| (0..holes).map(move |hole| (pigeon, hole))) {
        let elsewhere: Vec<_> = (0..holes).filter(|other| *other != hole).map(|other| format!("'{other}'")).collect();
        let others = (0..=holes).filter(|other| *other != pigeon);
        let others: Vec<_> = others.map(|other| format!("p{other}: [{}]", elsewhere.join(", "))).collect();
        known.add(&format!("p{pigeon}"), &hole.to_string(), &format!("{{{}}}", others.join(", ")), Some(0));
    }
    known.fill();
    let names: Vec<_> = (0..=holes).map(|pigeon| format!("p{pigeon}: []")).collect();
    let yaml = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: app\n  stream: \"1\"\n  summary: s\n  description: d\n  license: {{module: \
         [MIT]}}\n  dependencies:\n  - buildrequires: {{platform: [f28], {}}}\n",
        names.join(", ")
    );
    Ok((known, read_stream(&yaml, &Limits::default())?))
}

fn measure(what: &str, known: &Known, settings: &ExpandSettings) -> Result<(), Box<dyn std::error::Error>> {
    measure_document(what, known, &document()?, settings, 20)
}

fn measure_document(
    what: &str,
    known: &Known,
    document: &ModuleStream,
    settings: &ExpandSettings,
    runs: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let index = known.index()?;
    let mut times: Vec<Duration> = Vec::new();
    let mut outcome = String::new();
    for _ in 0..runs {
        let start = Instant::now();
        let answer = expand(document, false, &index, settings);
        times.push(start.elapsed());
        outcome = match answer {
            Ok(builds) => format!("{} builds", builds.len()),
            Err(error) => error.to_string(),
        };
    }
    let milliseconds = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    times.sort();
    let [median, slowest] = [times.get(times.len() / 2), times.last()].map(milliseconds);
    println!("{what}\t{median:.1}\t{slowest:.1}\t{outcome}");
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let usual = ExpandSettings::default();
    let all = world(|_, _| "{platform: [f28]}".to_owned());
    measure("all 1,679,616 combinations work", &all, &usual)?;
    measure("the same, one combination allowed", &all, &ExpandSettings { max_combinations: 1, ..usual.clone() })?;
    let alike = world(|_, stream| format!("{{platform: [f28], core: ['{stream}']}}"));
    measure("6 work: the same stream of something that all require", &alike, &usual)?;
    let several = world(|module, stream| match module {
        0..3 => "{platform: [f28]}".to_owned(),
        _ => format!("{{platform: [f28], lib{}: ['{stream}']}}", module - 1),
    });
    measure("216 work: three modules are free, each other follows the one before it", &several, &usual)?;
    let shifted = world(|module, stream| format!("{{platform: [f28], core: ['{}']}}", stream + module % 2));
    measure("5 work: every other module requires the next stream of it", &shifted, &usual)?;
    let conflict = world(|module, _| format!("{{platform: [f28], core: ['{}']}}", module % 2));
    measure("none works: every other module requires another stream of it", &conflict, &usual)?;
    let (known, document) = pigeons(11)?;
    measure_document("given up: 12 modules in 11 streams, no two alike", &known, &document, &usual, 3)
}
