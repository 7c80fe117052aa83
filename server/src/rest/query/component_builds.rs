//! Filters of component builds.

use entities::ComponentState;
use entities::component_build::Column;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait};

use super::columns::{Filter, Kind, Named, equal, is};
use super::{Query, Sort};
use crate::rest::failure::Failure;

/// Columns of the Python service; ours are not part of the API.
pub const COLUMNS: [Named<Column>; 17] = [
    ("id", Column::Id, Kind::Number),
    ("package", Column::Package, Kind::Text),
    ("scmurl", Column::Scmurl, Kind::Text),
    ("format", Column::Format, Kind::Text),
    ("task_id", Column::TaskId, Kind::Integer),
    ("ref", Column::Reference, Kind::Text),
    ("state", Column::State, Kind::Number),
    ("state_reason", Column::StateReason, Kind::Text),
    ("nvr", Column::Nvr, Kind::Text),
    ("tagged", Column::Tagged, Kind::Switch),
    ("tagged_in_final", Column::TaggedInFinal, Kind::Switch),
    ("build_time_only", Column::BuildTimeOnly, Kind::Switch),
    ("buildonly", Column::Buildonly, Kind::Switch),
    ("batch", Column::Batch, Kind::Integer),
    ("module_id", Column::ModuleId, Kind::Integer),
    ("reused_component_id", Column::ReusedComponentId, Kind::Integer),
    ("weight", Column::Weight, Kind::Float),
];

/// What to order by.
pub fn order(query: &Query) -> Result<Sort, Failure> {
    Sort::of(query, &COLUMNS, Column::Id)
}

/// The components that the query asks for. `module_build` is the friendlier name of `module_id` and wins over it.
pub fn filter(query: &Query) -> Result<Filter, Failure> {
    let mut all: Filter = states(query)?.into_iter().collect();
    let Some(module) = query.first("module_build") else {
        all.extend(equal(query, &COLUMNS)?);
        return Ok(all);
    };
    let others: Vec<_> = COLUMNS.into_iter().filter(|(name, _, _)| *name != "module_id").collect();
    all.extend(equal(query, &others)?);
    all.push(is(Column::ModuleId.into_expr(), "module_build", Kind::Integer, module)?);
    Ok(all)
}

/// Components in any of the states, given by name (in any case) or number.
fn states(query: &Query) -> Result<Option<Expr>, Failure> {
    let mut numbers = Vec::new();
    for state in query.all("state") {
        let is_number = !state.is_empty() && state.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_number {
            // No component is in a state beyond 64 bits.
            state.parse().unwrap_or(i64::MAX)
        } else {
            let known = ComponentState::ALL
                .into_iter()
                .find(|known| known.name().is_some_and(|name| name.eq_ignore_ascii_case(state)));
            let number = known.map(|known| i64::from(known.number()));
            number.ok_or_else(|| Failure::invalid(format!("Invalid state was supplied: {state}")))?
        };
        numbers.push(number);
    }
    Ok((!numbers.is_empty()).then(|| Column::State.into_expr().is_in(numbers)))
}
