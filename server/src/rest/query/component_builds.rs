//! Filters of component builds.

use entities::ComponentState;
use entities::component_build::Column;
use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{ColumnTrait, Condition};

use super::Query;
use super::columns::{Kind, Named, equal, is};
use super::order::order as order_by;
use crate::rest::failure::Failure;

/// Columns of the Python service; ours are not part of the API.
const COLUMNS: [Named<Column>; 17] = [
    ("id", Column::Id, Kind::OrderOnly),
    ("package", Column::Package, Kind::Text),
    ("scmurl", Column::Scmurl, Kind::Text),
    ("format", Column::Format, Kind::Text),
    ("task_id", Column::TaskId, Kind::Integer),
    ("ref", Column::Reference, Kind::Text),
    ("state", Column::State, Kind::OrderOnly),
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
pub fn order(query: &Query) -> Result<Vec<(Expr, Order)>, Failure> {
    order_by(query, &COLUMNS, Column::Id)
}

/// The components that the query asks for. `module_build` is the friendlier name of `module_id` and wins over it.
pub fn filter(query: &Query) -> Result<Condition, Failure> {
    let all = Condition::all().add(states(query)?);
    let Some(module) = query.first("module_build") else { return Ok(all.add(equal(query, &COLUMNS)?)) };
    let others: Vec<_> = COLUMNS.into_iter().filter(|(name, _, _)| *name != "module_id").collect();
    let of_module = is(Column::ModuleId.into_expr(), "module_build", Kind::Integer, module)?;
    Ok(all.add(equal(query, &others)?).add(of_module))
}

/// Components in any of the states, given by name (in any case) or number.
fn states(query: &Query) -> Result<Condition, Failure> {
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
    Ok(if numbers.is_empty() {
        Condition::all()
    } else {
        Condition::all().add(Column::State.into_expr().is_in(numbers))
    })
}
