//! Streams of base modules that get a suffix once their release is out: `el8.0.0` becomes `el8.0.0.z`.
//!
//! Whether a release is out is known to Product Pages (`PRODUCT_PAGES_URL`), which nobody asks here: [`Releases::add`] is told, and
//! [`SubmissionError::Releases`](super::SubmissionError::Releases) names what has to be asked.

mod name;

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::{Overrides, SubmissionSettings};
use crate::ModuleStream;
use crate::version::{StreamSuffixes, stream_version};

pub use name::{ReleaseName, ReleaseNameError};

/// Which streams have a release, and what is known of the releases so far.
#[derive(Clone, Debug, Default)]
pub struct Releases {
    /// `PRODUCT_PAGES_MODULE_STREAMS`, of which the first that matches a stream counts. Empty where Product Pages are not asked.
    pub streams: Vec<ReleasedStreams>,
    known: BTreeMap<String, Release>,
}

/// What happens to streams of base modules once they are released.
#[derive(Clone, Debug)]
pub struct ReleasedStreams {
    /// Has to match at the beginning of the stream.
    pub pattern: Regex,
    /// What is appended to the stream, e.g. `.z`. Streams that end so are left alone.
    pub suffix: String,
    /// The name of its release, e.g. `rhel-{x}-{y}.{z}`.
    pub release: ReleaseName,
    /// The same of streams x.0.0, where these are named otherwise.
    pub major_release: Option<ReleaseName>,
}

/// What is known of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// It is out.
    Out,
    /// It is not out yet, or there is no such release.
    NotYet,
    /// Nobody could tell; counts as not out. The reason.
    Unknown(String),
}

impl Releases {
    /// Nothing is known of any release yet.
    pub fn new(streams: Vec<ReleasedStreams>) -> Self {
        Self { streams, known: BTreeMap::new() }
    }

    /// Notes what became known of a release.
    pub fn add(&mut self, name: impl Into<String>, release: Release) {
        self.known.insert(name.into(), release);
    }

    /// Releases that nobody could tell about, with the reasons.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.iter().filter_map(|(name, release)| match release {
            Release::Unknown(reason) => Some((name.as_str(), reason.as_str())),
            Release::Out | Release::NotYet => None,
        })
    }

    /// The name of the release of a stream, and the suffix that it gets once that is out.
    fn of(&self, stream: &str, suffixes: &StreamSuffixes) -> Option<(String, &str)> {
        let matches = |streams: &&ReleasedStreams| streams.pattern.find(stream).is_some_and(|found| found.start() == 0);
        let streams = self.streams.iter().find(matches)?;
        if stream.ends_with(&streams.suffix) {
            return None;
        }
        let number = stream_version(stream, suffixes).filter(|number| *number != 0.0)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates; no stream is that large"
        )]
        let number = number as u64;
        let (x, y, z) = (number / 10_000, number % 10_000 / 100, number % 100);
        let major = streams.major_release.as_ref().filter(|_| number.is_multiple_of(10_000));
        Some((major.unwrap_or(&streams.release).of(x, y, z), &streams.suffix))
    }
}

/// What becomes of a stream.
pub(super) enum Becomes {
    /// It stays.
    Same,
    /// It gets its suffix, because this release is out.
    Suffixed { stream: String, release: String },
    /// This release has to be asked about.
    Unclear(String),
}

/// What becomes of a stream that is buildrequired of `module`. What the request overrides stays as it is.
pub(super) fn becomes(module: &str, stream: &str, overrides: &Overrides, settings: &SubmissionSettings) -> Becomes {
    let is_base = settings.expansion.base_module_names.iter().any(|base| base == module);
    if !is_base || overrides.buildrequires.contains_key(module) {
        return Becomes::Same;
    }
    let Some((release, suffix)) = settings.releases.of(stream, &settings.expansion.stream_suffixes) else {
        return Becomes::Same;
    };
    match settings.releases.known.get(&release) {
        None => Becomes::Unclear(release),
        Some(Release::Out) => Becomes::Suffixed { stream: format!("{stream}{suffix}"), release },
        Some(Release::NotYet | Release::Unknown(_)) => Becomes::Same,
    }
}

/// Adds the suffixes to what is buildrequired; what is required at run time stays. Returns the releases that have to be asked about;
/// until they are known nothing is final. A block that changes moves behind those that do not.
pub(super) fn apply(
    document: &mut ModuleStream,
    overrides: &Overrides,
    settings: &SubmissionSettings,
) -> BTreeSet<String> {
    let mut unclear = BTreeSet::new();
    if settings.releases.streams.is_empty() {
        return unclear;
    }
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    for mut block in std::mem::take(&mut document.dependencies) {
        let mut changes = false;
        for (module, streams) in &mut block.buildrequires {
            let stream = |stream: &String| match becomes(module, stream, overrides, settings) {
                Becomes::Same => stream.clone(),
                Becomes::Suffixed { stream, .. } => stream,
                Becomes::Unclear(release) => {
                    unclear.insert(release);
                    stream.clone()
                }
            };
            let suffixed: BTreeSet<String> = streams.iter().map(stream).collect();
            changes |= suffixed != *streams;
            *streams = suffixed;
        }
        if changes { &mut moved } else { &mut kept }.push(block);
    }
    document.dependencies = kept.into_iter().chain(moved).collect();
    unclear
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases(pattern: &str, release: &str, major: Option<&str>) -> Releases {
        let name = |text: &str| text.parse().unwrap();
        let streams = ReleasedStreams {
            pattern: Regex::new(pattern).unwrap(),
            suffix: ".z".to_owned(),
            release: name(release),
            major_release: major.map(name),
        };
        Releases::new(vec![streams])
    }

    fn release(releases: &Releases, stream: &str) -> Option<String> {
        releases.of(stream, &Vec::new()).map(|(release, _)| release)
    }

    #[test]
    fn streams_and_their_releases() {
        let both = releases("el.+", "rhel-{x}-{y}.{z}", Some("rhel-{x}-{y}"));
        for (stream, expected) in [
            ("el8.0.0", Some("rhel-8-0")),
            ("el8", Some("rhel-8-0")),
            ("el8.2.1", Some("rhel-8-2.1")),
            ("el8.10.0", Some("rhel-8-10.0")),
            ("el8.0.0.z", None),
            ("el", None),
            ("elx", None),
            ("f28", None),
            ("xel8.0.0", None),
        ] {
            assert_eq!(release(&both, stream).as_deref(), expected, "{stream}");
        }
        let one = releases("el.+", "rhel-{x}-{y}", None);
        assert_eq!(release(&one, "el8.0.0").as_deref(), Some("rhel-8-0"));
        assert_eq!(release(&one, &format!("el{}", "9".repeat(400))), None, "a number without a value");
        let huge = release(&one, &format!("el{}", "9".repeat(200)));
        assert_eq!(huge.as_deref(), Some("rhel-1844674407370955-16"));
    }

    #[test]
    fn the_first_pattern_that_matches_counts() {
        let mut two = releases("el8", "first-{x}", None);
        two.streams.extend(releases("el", "second-{x}", None).streams);
        assert_eq!(release(&two, "el8.1.0").as_deref(), Some("first-8"));
        assert_eq!(release(&two, "el9.1.0").as_deref(), Some("second-9"));
    }

    #[test]
    fn only_what_is_out_gets_a_suffix() {
        let mut settings = SubmissionSettings { releases: releases("el", "r-{x}-{y}", None), ..Default::default() };
        settings.releases.add("r-8-1", Release::Out);
        settings.releases.add("r-8-2", Release::NotYet);
        settings.releases.add("r-8-3", Release::Unknown("down".to_owned()));
        let stream =
            |module: &str, stream: &str, overrides: &Overrides| match becomes(module, stream, overrides, &settings) {
                Becomes::Same => stream.to_owned(),
                Becomes::Suffixed { stream, .. } => stream,
                Becomes::Unclear(release) => format!("? {release}"),
            };
        let none = Overrides::default();
        for (from, to) in
            [("el8.1.0", "el8.1.0.z"), ("el8.2.0", "el8.2.0"), ("el8.3.0", "el8.3.0"), ("el8.4.0", "? r-8-4")]
        {
            assert_eq!(stream("platform", from, &none), to);
        }
        assert_eq!(stream("lib", "el8.1.0", &none), "el8.1.0", "not a base module");
        let asked = Overrides { buildrequires: [("platform".to_owned(), Vec::new())].into(), ..Overrides::default() };
        assert_eq!(stream("platform", "el8.1.0", &asked), "el8.1.0");
        assert_eq!(settings.releases.unknown().collect::<Vec<_>>(), [("r-8-3", "down")]);
    }
}
