//! What a dry run answers with.

use entities::{ComponentState, component_build, module_build};
use serde::Serialize;
use serde_json::Value;

use super::Explanation;

/// A build that would be made, or that is there.
#[derive(Clone, Debug, Serialize)]
pub struct Build {
    /// Module name.
    pub name: String,
    /// Stream.
    pub stream: String,
    /// Version, with its prefix.
    pub version: String,
    /// Context, with the number of a scratch build.
    pub context: String,
    /// Whether it is a scratch build.
    pub scratch: bool,
    /// What would be done.
    pub would: Would,
    /// The build, if it is there.
    pub existing: Option<Existing>,
    /// Hash over the streams of all buildrequires.
    pub build_context: Option<String>,
    /// The same without base modules.
    pub build_context_no_bms: Option<String>,
    /// Hash over the streams of all requires.
    pub runtime_context: Option<String>,
    /// What it is built against, by module name.
    pub buildrequires: Value,
    /// How much is built again.
    pub rebuild_strategy: String,
    /// Architectures it is for, by name.
    pub arches: Vec<String>,
    /// Its components, in the order in which they are built.
    pub batches: Vec<Batch>,
    /// Why it is built against what it is.
    pub explanation: Explanation,
    /// Why the build would fail right after it was submitted, in sentences; usually none.
    pub problems: Vec<String>,
    /// What would be written into the log of a new build: what was passed over in the document, and what could not be found out.
    pub notices: Vec<String>,
    /// What would be taken over instead of being built.
    pub reuse: Reuse,
}

/// What would be done about a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Would {
    /// It would be made.
    Create,
    /// It failed, and would go on.
    Resume,
    /// It exists.
    Nothing,
}

/// A row that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Existing {
    /// Its id.
    pub id: i32,
    /// Number of its state; a component that was not started has none.
    pub state: Option<i32>,
    /// Name of its state.
    pub state_name: Option<&'static str>,
}

impl Existing {
    /// A module build.
    pub fn build(row: &module_build::Model) -> Self {
        Self { id: row.id, state: Some(row.state.number()), state_name: Some(row.state.name()) }
    }

    /// A component.
    pub fn component(row: &component_build::Model) -> Self {
        Self {
            id: row.id,
            state: row.state.map(ComponentState::number),
            state_name: row.state.and_then(ComponentState::name),
        }
    }
}

/// Components that are built at the same time.
#[derive(Clone, Debug, Serialize)]
pub struct Batch {
    /// Its number: 1 is `module-build-macros`, which the service adds.
    pub batch: i32,
    /// Its components.
    pub components: Vec<Component>,
}

/// A component.
#[derive(Clone, Debug, Serialize)]
pub struct Component {
    /// Its name.
    pub package: String,
    /// Where its source is.
    pub repository: Option<String>,
    /// Branch, tag or commit; becomes a commit after the submission.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// As the document says.
    pub buildorder: Option<i64>,
    /// Not part of the result.
    pub buildonly: bool,
    /// Architectures it is built for, by name.
    pub arches: Vec<String>,
    /// The commit that it would be built from, where that decides whether it is taken over.
    pub commit: Option<String>,
    /// Whether its packages would be taken over from an earlier build, and why (not), where that is known.
    pub reuse: Option<Value>,
    /// Its row, if the build is there.
    pub existing: Option<Existing>,
}

/// Whether components may be taken over from another build.
#[derive(Clone, Debug, Serialize)]
pub struct Reuse {
    /// The build that components would be taken from.
    pub module: Option<i32>,
    /// Why it is that.
    pub reason: String,
}

impl Reuse {
    /// Of a build that is there.
    pub fn of_existing(would: Would) -> Self {
        let reason = match would {
            Would::Nothing => "The build exists; nothing of it would be built or taken over.",
            Would::Resume | Would::Create => {
                "The build goes on: those of its own components that are complete are kept, and what was taken over stays so."
            }
        };
        Self { module: None, reason: reason.to_owned() }
    }
}
