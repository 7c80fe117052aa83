//! State of a component, as clients and the database number it.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable, Value};

/// State of a component; the numbers are those of Koji builds. A component that was not started has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComponentState {
    /// 0: handed to the build system.
    Building,
    /// 1: built, or reused from another build.
    Complete,
    /// 2: built once and deleted since.
    Deleted,
    /// 3: did not build.
    Failed,
    /// 4: stopped because the module was cancelled or another component failed.
    Canceled,
    /// Any other number: databases of the Python service hold some. Nothing moves to it, and the number stays what it is.
    Unknown(i32),
}

impl ComponentState {
    /// All states with a name, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Building, Self::Complete, Self::Deleted, Self::Failed, Self::Canceled];

    /// The name that clients see, if it has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Building => Some("BUILDING"),
            Self::Complete => Some("COMPLETE"),
            Self::Deleted => Some("DELETED"),
            Self::Failed => Some("FAILED"),
            Self::Canceled => Some("CANCELED"),
            Self::Unknown(_) => None,
        }
    }

    /// The number that clients and the database see.
    pub fn number(self) -> i32 {
        match self {
            Self::Building => 0,
            Self::Complete => 1,
            Self::Deleted => 2,
            Self::Failed => 3,
            Self::Canceled => 4,
            Self::Unknown(number) => number,
        }
    }

    /// The state with this number.
    pub fn from_number(number: i32) -> Self {
        Self::ALL.into_iter().find(|state| state.number() == number).unwrap_or(Self::Unknown(number))
    }
}

impl From<ComponentState> for Value {
    fn from(state: ComponentState) -> Self {
        state.number().into()
    }
}

impl TryGetable for ComponentState {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        i32::try_get_by(row, index).map(Self::from_number)
    }
}

impl ValueType for ComponentState {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <i32 as ValueType>::try_from(value).map(Self::from_number)
    }

    fn type_name() -> String {
        "ComponentState".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::Int
    }

    fn column_type() -> ColumnType {
        ColumnType::Integer
    }
}

impl Nullable for ComponentState {
    fn null() -> Value {
        Value::Int(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_stays_what_it_is() {
        for number in [i32::MIN, -1, 0, 1, 2, 3, 4, 5, i32::MAX] {
            assert_eq!(ComponentState::from_number(number).number(), number);
        }
        let named = (-1..=5).filter_map(|number| ComponentState::from_number(number).name()).collect::<Vec<_>>();
        assert_eq!(named, ["BUILDING", "COMPLETE", "DELETED", "FAILED", "CANCELED"]);
    }
}
