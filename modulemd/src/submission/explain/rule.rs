//! What decided the stream of a module that is built against.

use std::collections::BTreeSet;
use std::fmt;

use super::Known;
use super::trail::{Block, By, Entry};
use crate::Nsvc;
use crate::expansion::BuildState;

/// What decided a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It is buildrequired.
    Asked(By, Choice),
    /// Not buildrequired; these builds, which are built against, require it at run time.
    RequiredBy(Vec<Nsvc>),
}

/// How a stream was chosen from what is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It is named.
    Named {
        /// So are these, and other builds are built against them.
        others: BTreeSet<String>,
        /// So are these, and nothing works with them.
        in_vain: BTreeSet<String>,
    },
    /// This virtual stream is named; it is the newest stream that stands for it.
    Virtual(String),
    /// A stream whose release is out, and which therefore gets a suffix.
    Released {
        /// The stream as it is written.
        written: String,
        /// The stream that this stands for; the same unless it is virtual.
        stream: String,
        /// The release.
        release: String,
    },
    /// Every stream is taken except these (without the sign); all of them where there are none.
    Every {
        /// Excluded streams.
        except: BTreeSet<String>,
        /// No other stream works.
        only: bool,
    },
    /// There is a choice, and this stream is the default.
    Default,
}

impl Rule {
    /// The names for programs.
    pub const NAMES: [&str; 11] = [
        "named",
        "static-context",
        "override",
        "branch",
        "virtual-stream",
        "released",
        "every-stream",
        "left-after-exclusion",
        "only-stream",
        "default-stream",
        "required",
    ];

    /// The name for programs. Who decided comes before how.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RequiredBy(_) => "required",
            Self::Asked(By::Request, _) => "override",
            Self::Asked(By::Branch(_), _) => "branch",
            Self::Asked(_, Choice::Virtual(_)) => "virtual-stream",
            Self::Asked(_, Choice::Released { .. }) => "released",
            Self::Asked(_, Choice::Default) => "default-stream",
            Self::Asked(_, Choice::Every { except, .. }) if !except.is_empty() => "left-after-exclusion",
            Self::Asked(_, Choice::Every { only: true, .. }) => "only-stream",
            Self::Asked(_, Choice::Every { .. }) => "every-stream",
            Self::Asked(By::StaticContext, Choice::Named { .. }) => "static-context",
            Self::Asked(By::Document, Choice::Named { .. }) => "named",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(by, choice) => choice.write(f, by),
            Self::RequiredBy(builds) if builds.is_empty() => {
                f.write_str("something that is built against requires it at run time")
            }
            Self::RequiredBy(builds) => {
                let builds: Vec<_> = builds.iter().map(|build| format!("{}:{}", build.name, build.stream)).collect();
                let verb = if builds.len() == 1 { "requires" } else { "require" };
                write!(f, "{} {verb} it at run time", and(&builds))
            }
        }
    }
}

impl Choice {
    fn write(&self, f: &mut fmt::Formatter<'_>, by: &By) -> fmt::Result {
        match self {
            Self::Named { others, in_vain } => {
                write!(f, "{by} names this stream")?;
                if !others.is_empty() {
                    write!(f, ", and {} for other builds", and(others))?;
                }
                if !in_vain.is_empty() {
                    write!(f, "; {}, named as well, does not go together with the rest", and(in_vain))?;
                }
                Ok(())
            }
            Self::Virtual(written) => {
                write!(f, "{by} names {written}, and this is the newest stream that stands for it")
            }
            Self::Released { written, stream, release } => {
                write!(f, "{by} names {written}")?;
                if written != stream {
                    write!(f, ", for which {stream} stands")?;
                }
                write!(f, "; its release {release} is out, which adds the suffix")
            }
            Self::Every { except, only } => {
                write!(f, "{by} takes every stream")?;
                if !except.is_empty() {
                    write!(f, " except {}", and(except))?;
                }
                if *only { write!(f, ", and no other one works") } else { Ok(()) }
            }
            Self::Default => write!(f, "{by} leaves a choice, and this stream is the default"),
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn and<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    let texts: Vec<_> = texts.into_iter().map(String::as_str).collect();
    match texts.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => String::new(),
    }
}

impl Known<'_> {
    pub(super) fn rule(&self, nsvc: &Nsvc, block: Option<&Block>, chosen: &[Nsvc]) -> Rule {
        let Some(entry) = block.and_then(|block| block.entries.get(&nsvc.name)) else {
            return Rule::RequiredBy(self.requiring(nsvc, chosen));
        };
        Rule::Asked(entry.by.clone(), self.choice(nsvc, entry))
    }

    fn choice(&self, nsvc: &Nsvc, entry: &Entry) -> Choice {
        let has_choice = entry.takes_all() || entry.named().nth(1).is_some();
        if has_choice && self.settings.expansion.default_streams.get(&nsvc.name) == Some(&nsvc.stream) {
            return Choice::Default;
        }
        let Some(asked) = entry.named().find(|asked| asked.stream == nsvc.stream) else {
            return Choice::Every { except: entry.excluded(), only: entry.taken.len() <= 1 };
        };
        if let Some(release) = &asked.release {
            let (written, stream) = (asked.written.clone(), asked.real.clone());
            return Choice::Released { written, stream, release: release.clone() };
        }
        if asked.written != asked.real {
            return Choice::Virtual(asked.written.clone());
        }
        let others = entry.named().map(|other| other.stream.clone()).filter(|stream| *stream != nsvc.stream);
        let (others, in_vain) = others.partition(|stream| entry.taken.contains(stream));
        Choice::Named { others, in_vain }
    }

    /// Other modules that are built against, and require this one at run time.
    fn requiring(&self, nsvc: &Nsvc, chosen: &[Nsvc]) -> Vec<Nsvc> {
        let requires = |other: &&Nsvc| {
            let mut builds = self.lookup.builds(&other.name, BuildState::Ready);
            let document = builds.find(|build| build.nsvc == **other).and_then(|build| self.lookup.document(build));
            let mut blocks = document.into_iter().flat_map(|document| &document.dependencies);
            blocks.any(|block| block.requires.contains_key(&nsvc.name))
        };
        chosen.iter().filter(requires).cloned().collect()
    }
}
