//! Times and states.

use async_graphql::{Enum, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike as _, NaiveDateTime};
use entities::message::timestamp;

/// A time in UTC.
#[derive(Clone, Copy, Debug)]
pub struct DateTime(pub NaiveDateTime);

/// A time in UTC, e.g. `2026-11-22T16:01:58Z`.
#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ");
        // Years that every database and every calculation can take.
        let time = time.ok().filter(|time| (1..=9999).contains(&time.year()));
        time.map(Self).ok_or_else(|| InputValueError::custom("a time looks like 2026-11-22T16:01:58Z"))
    }

    fn to_value(&self) -> Value {
        Value::String(timestamp(self.0))
    }
}

/// Where a module build stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entities::ModuleState")]
pub enum ModuleState {
    /// Entered on submission; components are looked up.
    Init,
    /// The document is valid and all commits are known; waits for a buildroot.
    Wait,
    /// Components are being built.
    Build,
    /// All components are built and the repository is published.
    Done,
    /// Something failed, or it was cancelled.
    Failed,
    /// Other modules may be built against it.
    Ready,
    /// Failed and cleaned away, or retired.
    Garbage,
}

/// Where a component stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ComponentState {
    /// Handed to the build system.
    Building,
    /// Built, or reused from another build.
    Complete,
    /// Built once and deleted since.
    Deleted,
    /// Did not build.
    Failed,
    /// Stopped because the module was cancelled or another component failed.
    Canceled,
}

impl ComponentState {
    /// Its number in REST and in the database.
    pub fn number(self) -> i32 {
        use entities::ComponentState as Stored;
        let stored = match self {
            Self::Building => Stored::Building,
            Self::Complete => Stored::Complete,
            Self::Deleted => Stored::Deleted,
            Self::Failed => Stored::Failed,
            Self::Canceled => Stored::Canceled,
        };
        stored.number()
    }
}

/// The state with this number, if it has a name.
pub fn module_state(number: Option<i32>) -> Option<ModuleState> {
    entities::ModuleState::from_number(i64::from(number?)).map(Into::into)
}

/// The state with this number, if it has a name. Adopted databases hold numbers that have none.
pub fn component_state(number: Option<i32>) -> Option<ComponentState> {
    use entities::ComponentState as Stored;
    match Stored::from_number(number?) {
        Stored::Building => Some(ComponentState::Building),
        Stored::Complete => Some(ComponentState::Complete),
        Stored::Deleted => Some(ComponentState::Deleted),
        Stored::Failed => Some(ComponentState::Failed),
        Stored::Canceled => Some(ComponentState::Canceled),
        Stored::Unknown(_) => None,
    }
}
