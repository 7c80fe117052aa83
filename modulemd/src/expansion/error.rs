//! Why a document cannot be expanded.

use std::collections::BTreeSet;
use std::fmt;

use super::Wanted;

/// Why a document cannot be expanded. The texts of refusals that the Python service had as well are its texts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// No refusal: these have to be looked up and added to the index first.
    #[error("{} lookups are needed to expand the streams", .0.len())]
    Missing(BTreeSet<Wanted>),
    /// No base module that the document is built against is known.
    #[error(
        "None of the base module ({choices}) streams in the buildrequires section could be found.{}",
        missing_streams(.missing)
    )]
    NoBaseModule {
        /// Names of base modules, joined by `or`.
        choices: String,
        /// `name:stream` of those that were asked for.
        missing: Vec<String>,
    },
    /// Minor releases can only be compared where the stream has them.
    #[error(
        "Cannot get compatible base modules, because stream of resolved base module {name}:{stream} is not in x.y.z format."
    )]
    NotXyz {
        /// The base module.
        name: String,
        /// Its stream.
        stream: String,
    },
    /// A stream that is needed has no build for the base modules.
    #[error("Cannot find any module builds for {stream}{why}")]
    NoBuilds {
        /// `name:stream`.
        stream: String,
        /// Who requires it, and what there is instead; empty where nothing is known of the module.
        why: String,
    },
    /// In every block something is needed that is not there at all; says what, and what there is.
    #[error(
        "No dependency combination was satisfied. Please verify the buildrequires in your modulemd have previously been built.{}",
        sentences(.0)
    )]
    NoCombination(Vec<String>),
    /// The builds that are needed exclude one another.
    #[error("Problems were found during module dependency resolution: {}", .0.join("; "))]
    Conflict(Vec<String>),
    /// A context of a build that is needed is not finished.
    #[error("Buildrequire {name}-{stream}-{version} is in \"{state}\" state")]
    Unfinished {
        /// The needed module.
        name: String,
        /// Its stream.
        stream: String,
        /// Its version.
        version: String,
        /// Name of the state.
        state: &'static str,
    },
    /// A build that is needed does not say which commit it came from.
    #[error("The module \"{0}\" didn't contain a commit hash in its xmd")]
    NoCommit(String),
    /// A build that is needed was made before there was stream expansion.
    #[error("The module \"{0}\" is not built using Module Stream Expansion. Please rebuild this module first")]
    NotExpanded(String),
    /// The document leaves a choice that has to be made.
    #[error("There are multiple streams to choose from for module {name}{}", choices(.streams))]
    Choice {
        /// The module with several streams.
        name: String,
        /// Its streams, where they are known.
        streams: Vec<String>,
    },
    /// What is to be taken where there is a choice is not among the choices.
    #[error("The default stream {stream} of module {name} is excluded by the document")]
    DefaultExcluded {
        /// The module with several streams.
        name: String,
        /// Its default stream.
        stream: String,
    },
    /// A context that stays can be that of one build only.
    #[error(
        "The static context \"{context}\" stands for {} combinations of modules, but has to stand for one: {}. Name single \
         streams in its dependencies.",
        .combinations.len(),
        .combinations.join(" | ")
    )]
    StaticContextWithChoices {
        /// The context.
        context: String,
        /// What it could be built against.
        combinations: Vec<String>,
    },
    /// `static_context: true` without a context.
    #[error("The module has \"static_context: true\" but no context; add a context or leave it to the service")]
    NoStaticContext,
    /// Too many builds.
    #[error(
        "The dependencies allow more than {limit} combinations of streams, which is as many as the service builds of one \
         submission (MAX_STREAM_COMBINATIONS){choices}. Name fewer streams in the buildrequires."
    )]
    TooMany {
        /// As many are allowed.
        limit: usize,
        /// How many streams there are of which module.
        choices: Choices,
    },
    /// The documents of all builds would fill the memory.
    #[error(
        "The document of {bytes} bytes would become {builds} builds, which are larger together than the {limit} bytes that are \
         allowed. Name fewer streams in the buildrequires, or make the document smaller."
    )]
    TooLarge {
        /// Bytes of the document.
        bytes: usize,
        /// How many builds it would become.
        builds: usize,
        /// As many bytes are allowed for all of them.
        limit: usize,
    },
    /// The search takes too long.
    #[error("It takes too long to find out which modules go together; name single streams in the buildrequires")]
    TooComplex,
}

/// How many streams of which module could be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(pub Vec<(String, usize)>);

impl fmt::Display for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several: Vec<_> = self.0.iter().filter(|(_, streams)| *streams > 1).collect();
        if several.is_empty() {
            return Ok(());
        }
        let listed: Vec<_> =
            several.iter().take(MOST_LISTED).map(|(name, streams)| format!("{streams} of {name}")).collect();
        let more = if several.len() > MOST_LISTED { " and others" } else { "" };
        let product =
            several.iter().try_fold(1_u64, |all, (_, streams)| all.checked_mul(u64::try_from(*streams).ok()?));
        let product =
            product.map_or_else(|| "more than can be counted".to_owned(), |all| format!("up to {all} together"));
        write!(f, ": there are {}{more} streams, {product}", listed.join(", "))
    }
}

/// Longer lists help nobody.
const MOST_LISTED: usize = 20;

fn sentences(details: &[String]) -> String {
    details.iter().fold(String::new(), |text, detail| text + " " + detail + ".")
}

fn missing_streams(missing: &[String]) -> String {
    if missing.is_empty() { String::new() } else { format!("  Missing streams are ({}).", missing.join(", ")) }
}

fn choices(streams: &[String]) -> String {
    if streams.is_empty() { "; name one".to_owned() } else { format!(" ({}); name one", streams.join(", ")) }
}
