//! What a module requires of another, and what it offers.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use super::ExpandSettings;
use super::base_modules::{XYZ_LENGTH, float};
use crate::version::version_prefix;

/// A module in one of the streams; in any stream where there are none.
pub(super) struct Requirement {
    pub name: String,
    pub streams: Vec<AllowedStream>,
}

/// A stream, of base modules with minor releases in certain versions only.
pub(super) struct AllowedStream {
    stream: String,
    version: Option<(Relation, String)>,
    /// The stream that the version is the number of.
    number_of: Option<String>,
}

/// How the number of a base module's stream has to compare.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// What is built against is exactly what was asked for.
    Equal,
    /// What was built for an older minor release can be used on a newer one.
    AtLeast,
}

/// A stream that a module has, under its own or a virtual name, in a version.
pub(super) struct OfferedStream {
    pub stream: String,
    pub version: String,
}

impl Requirement {
    /// `built_against` is the stream of the base module that the requiring module was built against; its number counts then.
    pub(super) fn new(
        name: &str,
        streams: &BTreeSet<String>,
        relation: Relation,
        built_against: Option<&str>,
        settings: &ExpandSettings,
    ) -> Self {
        let is_base = settings.base_module_names.iter().any(|base| base == name);
        let version = |stream: &str| {
            let stream = built_against.unwrap_or(stream);
            let number = float(version_prefix(stream, &settings.stream_suffixes).unwrap_or(0.0));
            (is_base && number.len() >= XYZ_LENGTH).then_some((relation, number))
        };
        let streams = streams.iter().map(|stream| AllowedStream {
            stream: stream.clone(),
            version: version(stream),
            number_of: built_against.map(str::to_owned),
        });
        Self { name: name.to_owned(), streams: streams.collect() }
    }

    /// The streams that will do, in some version; none where any will.
    pub(super) fn stream_names(&self) -> Option<impl Iterator<Item = &str>> {
        (!self.streams.is_empty()).then(|| self.streams.iter().map(|allowed| allowed.stream.as_str()))
    }

    /// Whether a module of that name with these streams will do.
    pub(super) fn is_met_by(&self, offered: &[OfferedStream]) -> bool {
        self.streams.is_empty()
            || self.streams.iter().any(|allowed| {
                offered.iter().any(|offer| offer.stream == allowed.stream && allowed.takes_version(&offer.version))
            })
    }
}

impl AllowedStream {
    fn takes_version(&self, version: &str) -> bool {
        match &self.version {
            None => true,
            Some((Relation::Equal, own)) => compare(version, own) == Ordering::Equal,
            Some((Relation::AtLeast, own)) => compare(version, own) != Ordering::Less,
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if self.streams.is_empty() {
            return write!(f, " in any stream");
        }
        for (number, allowed) in self.streams.iter().enumerate() {
            let sign = if number == 0 { ":" } else { " or " };
            write!(f, "{sign}{}", allowed.stream)?;
            let number_of = allowed.number_of.as_ref().filter(|number_of| **number_of != allowed.stream);
            if let (Some((Relation::AtLeast, _)), Some(number_of)) = (&allowed.version, number_of) {
                write!(f, " (not older than {number_of})")?;
            }
        }
        Ok(())
    }
}

/// Compares versions as RPM does: runs of digits as numbers, runs of letters as text, everything else only separates.
fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (runs(a).into_iter(), runs(b).into_iter());
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => compare_runs(a, b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn compare_runs(a: &str, b: &str) -> Ordering {
    let is_number = |run: &str| run.starts_with(|c: char| c.is_ascii_digit());
    match (is_number(a), is_number(b)) {
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.cmp(b),
        (true, true) => {
            let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        }
    }
}

fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let Some(first) = rest.chars().next() else {
            return runs;
        };
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() || c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        runs.push(run);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_in_rpm() {
        for (a, b, order) in [
            ("290100.0", "80100.0", Ordering::Greater),
            ("290100.0", "290100.0", Ordering::Equal),
            ("290100.25", "290100.3", Ordering::Greater),
            ("1e+21", "280000.0", Ordering::Less),
            ("28", "28.0", Ordering::Less),
            ("007", "7", Ordering::Equal),
            ("", "0", Ordering::Less),
        ] {
            assert_eq!(compare(a, b), order, "{a} {b}");
            assert_eq!(compare(b, a), order.reverse(), "{b} {a}");
        }
    }
}
