//! Why a build is built against what it is, as a dry run answers it: each rule by its name for programs, and as a sentence.

use modulemd::Nsvc;
use modulemd::submission::explain;
use serde::Serialize;

/// Why a build is what it is.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Where its context comes from.
    pub context: Why,
    /// What it is built against, by module name.
    pub against: Vec<Module>,
    /// Streams and newer builds of the buildrequired modules that were not taken, by module name and stream.
    pub left_out: Vec<Module>,
}

/// A rule.
#[derive(Clone, Debug, Serialize)]
pub struct Why {
    /// Its name, for programs.
    pub rule: &'static str,
    /// What it says here, for people.
    pub reason: String,
}

/// A build of a module, and why it was taken or not.
#[derive(Clone, Debug, Serialize)]
pub struct Module {
    /// Module name.
    pub name: String,
    /// Stream.
    pub stream: String,
    /// Version.
    pub version: String,
    /// Context.
    pub context: String,
    /// Why.
    #[serde(flatten)]
    pub why: Why,
}

impl From<explain::Explanation> for Explanation {
    fn from(explanation: explain::Explanation) -> Self {
        let explain::Explanation { context, against, left_out } = explanation;
        let taken = |against: explain::Against| {
            let (rule, reason) = (against.rule.name(), against.to_string());
            module(against.nsvc, rule, reason)
        };
        let left = |left: explain::LeftOut| module(left.nsvc, left.reason.name(), left.reason.to_string());
        Self {
            context: Why { rule: context.name(), reason: context.to_string() },
            against: against.into_iter().map(taken).collect(),
            left_out: left_out.into_iter().map(left).collect(),
        }
    }
}

fn module(nsvc: Nsvc, rule: &'static str, reason: String) -> Module {
    let Nsvc { name, stream, version, context } = nsvc;
    Module { name, stream, version, context, why: Why { rule, reason } }
}
