//! A module build.

use crate::base_modules::{BEGINNING, BaseModule};
use crate::document;
use crate::names::{self, OWNERS};
use crate::random::Random;
use crate::sink::{Sink, Table};
use crate::value::{self, Value};

/// The time over which modules were submitted: six years, in seconds.
const YEARS: i64 = 6 * 365 * 86_400;

/// State of a module build, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Init = 0,
    Wait = 1,
    Build = 2,
    Done = 3,
    Failed = 4,
    Ready = 5,
    Garbage = 6,
}

/// What builds of one submission have in common; they differ in their contexts.
#[derive(Debug)]
pub struct Submission<'a> {
    name: String,
    stream: &'static str,
    version: String,
    platform_id: i64,
    platform: &'a BaseModule,
    owner: &'static str,
    time: i64,
    commit: String,
    /// Another module that it is built against, in a different stream for each context.
    required: Option<u32>,
    /// How many.
    pub contexts: u32,
}

impl<'a> Submission<'a> {
    /// The submission in which build `number` of `all` is the first.
    pub fn new(number: u32, all: u32, platforms: &'a [BaseModule], random: &mut Random) -> Self {
        let module = random.below(names::MODULE_COUNT);
        let stream = random.pick(&names::streams(module)[..]);
        // Every build is at least a second after the one before, so versions are unique.
        let time = BEGINNING + 86_400 + i64::from(number) * (YEARS / i64::from(all)).max(1);
        let place = random.below(u32::try_from(platforms.len()).unwrap_or(1));
        let platform = &platforms[place as usize];
        let required =
            random.chance(2, 3).then(|| (module + 1 + random.below(names::MODULE_COUNT - 1)) % names::MODULE_COUNT);
        Self {
            name: names::module(module),
            stream,
            version: format!("{}{}", platform.prefix, value::version(time)),
            platform_id: i64::from(place) + 1,
            platform,
            owner: random.pick(&OWNERS),
            time,
            commit: random.hash(),
            required,
            contexts: if required.is_some() { random.between(1, 3) } else { 1 },
        }
    }
}

/// A module build.
#[derive(Debug)]
pub struct Module<'a> {
    /// Row id.
    pub id: i64,
    /// Its submission.
    submission: &'a Submission<'a>,
    /// Its context.
    pub context: String,
    /// Where it stands.
    pub state: State,
    /// Number of components.
    pub components: u32,
    /// Id of the first.
    pub first_component: i64,
    /// Place of the first in the names of packages.
    packages: u32,
    scratch: bool,
    stream_of_required: u32,
}

impl<'a> Module<'a> {
    /// A build with `components` rows of components, which count from `first_component`.
    pub fn new(
        id: i64,
        submission: &'a Submission,
        state: State,
        components: u32,
        first_component: i64,
        random: &mut Random,
    ) -> Self {
        let scratch = state == State::Done || (state == State::Failed && random.chance(1, 10));
        let suffix = if scratch { "_1" } else { "" };
        Self {
            id,
            submission,
            context: format!("{}{suffix}", random.context()),
            state,
            components,
            first_component,
            packages: random.below(names::PACKAGE_COUNT),
            scratch,
            stream_of_required: random.below(4),
        }
    }

    /// `nodejs:10`
    pub fn name_stream(&self) -> String {
        format!("{}:{}", self.submission.name, self.submission.stream)
    }

    /// When it was submitted, in seconds since the epoch.
    pub fn submitted(&self) -> i64 {
        self.submission.time
    }

    /// The base module's part of the disttag: `28`.
    pub fn prefix(&self) -> &str {
        &self.submission.platform.prefix
    }

    /// Name of a package, by its place among the components; the first is `module-build-macros`.
    pub fn package(&self, place: u32) -> String {
        names::package(self.packages + 7 * place)
    }

    /// Commit of a component.
    pub fn commit_of(&self, place: u32) -> String {
        Random::new(u64::from(self.packages + 7 * place) << 8 | u64::from(self.stream_of_required)).hash()
    }

    /// Its row, its arches and its base module.
    pub async fn write(&self, small: bool, sink: &mut Sink, random: &mut Random) -> anyhow::Result<()> {
        self.write_row(small, sink, random).await?;
        let arches = if small { 1 } else { random.between(2, 4) };
        for arch in 1..=arches {
            sink.row(Table::BuildArches, &[Value::Int(self.id), Value::Int(arch.into())]).await?;
        }
        sink.row(Table::BuildRequires, &[Value::Int(self.id), Value::Int(self.submission.platform_id)]).await
    }

    async fn write_row(&self, small: bool, sink: &mut Sink, random: &mut Random) -> anyhow::Result<()> {
        let of = self.submission;
        let document = self.document(small, random);
        let tag = format!("module-{}-{}-{}-{}", of.name.to_lowercase(), of.stream, of.version, self.context);
        let candidate = format!("{}-modular-updates-candidate", of.platform.stream);
        let started = !matches!(self.state, State::Init | State::Wait);
        let ended = matches!(self.state, State::Done | State::Failed | State::Ready | State::Garbage);
        let scmurl = format!("https://src.fedoraproject.org/modules/{}.git?#{}", of.name, of.commit);
        let contexts = [random.hash(), random.hash(), random.hash()];
        let batch = if started { batch_of(self.components.saturating_sub(1)) } else { 0 };
        let reused =
            (started && self.id > 100 && random.chance(1, 10)).then(|| self.id - 1 - i64::from(random.below(50)));
        let later = of.time + 600 + i64::from(self.components) * 300;
        let row = [
            Value::Int(self.id),
            Value::Text(&of.name),
            Value::Text(of.stream),
            Value::Text(&of.version),
            Value::Text(&contexts[0]),
            Value::Text(&contexts[1]),
            Value::Text(&contexts[2]),
            Value::Text(&self.context),
            Value::Int(self.state as i64),
            (self.state == State::Failed).then_some("Some components failed to build").into(),
            Value::Text(&document),
            started.then_some(tag.as_str()).into(),
            started.then_some(candidate.as_str()).into(),
            Value::Text(&scmurl),
            Value::Bool(self.scratch),
            Value::Text("[]"),
            Value::Text(of.owner),
            Value::Time(of.time),
            Value::Time(later),
            if ended { Value::Time(later) } else { Value::Null },
            (started && random.chance(1, 2)).then_some(34_000_000 + self.id).into(),
            Value::Text(random.pick(&["all", "changed-and-after", "only-changed"])),
            reused.into(),
            Value::Int(batch),
            Value::Null,
        ];
        sink.row(Table::Builds, &row).await
    }

    /// Of those that came to nothing, some cannot be read: older versions of the service took what this one refuses.
    fn document(&self, small: bool, random: &mut Random) -> String {
        let unreadable = matches!(self.state, State::Failed | State::Garbage) && random.chance(1, 10);
        match random.below(3) {
            _ if !unreadable => self.readable(small),
            0 => String::new(),
            1 => format!("---\ndocument: modulemd\nversion: 2\ndata:\n  name: [{}\n", self.submission.name),
            _ => format!("---\nname: {}\nsummary: not a modulemd document\n", self.submission.name),
        }
    }

    fn readable(&self, small: bool) -> String {
        let of = self.submission;
        let required = of.required.map(|number| {
            let stream = names::streams(number)[self.stream_of_required as usize];
            (names::module(number), stream)
        });
        let about = document::About {
            name: &of.name,
            stream: of.stream,
            version: &of.version,
            context: &self.context,
            commit: &of.commit,
            platform: of.platform,
            required: required.as_ref().map(|(name, stream)| (name.as_str(), *stream)),
        };
        if small { about.small() } else { about.full(self) }
    }
}

/// The batch of a component, from 1, by its place: the first is alone, the others are built ten at a time.
pub fn batch_of(place: u32) -> i64 {
    if place == 0 { 1 } else { 2 + i64::from((place - 1) / 10) }
}
